package io.loomloop.traps;

import static io.loomloop.traps.Scenario.check;
import static io.loomloop.traps.Scenario.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.KeyboardInterruptException;
import io.loomloop.Runner;
import io.loomloop.Task;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Real SIGINTs, which the programs send to themselves. */
class CtrlCTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final int INTERRUPTED = 130;

    /** Sends the signal from a thread of its own, so that whoever calls is not in the way; it arrives some time later. */
    private static void interruptSelf() {
        Thread.ofPlatform().start(() -> {
            try {
                String command = "kill -INT " + ProcessHandle.current().pid();
                check(new ProcessBuilder("sh", "-c", command).start().waitFor() == 0, "the signal is sent");
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static ChildJvm.Result run(Class<?> program, String... jvmArguments) {
        return ChildJvm.of(program).jvmArguments(jvmArguments).interruptible().run();
    }

    @Test
    @DisplayName("row 79: one Ctrl-C ends the main task with its cleanup, then what is left, then run, which says so")
    void oneSignal() {
        ChildJvm.Result result = run(OneSignal.class);
        assertThat(result.out()).isEqualTo("main cleans up\nthe other cleans up\nrun has ended\n");
        assertThat(result.exitCode()).as(result.err()).isEqualTo(INTERRUPTED);
    }

    static final class OneSignal {
        public static void main(String[] args) {
            try {
                EventLoop.run(() -> {
                    Task<?> other = Async.createTask(() -> sleepAndSay("the other cleans up"));
                    Async.yieldNow();
                    check(!other.isDone(), "the other task sleeps");
                    interruptSelf();
                    sleepAndSay("main cleans up");
                });
            } catch (KeyboardInterruptException e) {
                check(e.getCause() instanceof CancelledException, "the cancellation is the cause");
                check(e.getMessage().contains("SIGINT"), "a message that names the signal: " + e.getMessage());
                System.out.println("run has ended");
                System.exit(KeyboardInterruptException.EXIT_CODE);
            }
        }

        private static void sleepAndSay(String text) {
            try {
                Async.sleep(LONG);
            } finally {
                System.out.println(text);
            }
        }
    }

    @Test
    @DisplayName(
            "row 79: a program that had the loop handle the signal leaves nothing behind: the next one is ended by Ctrl-C")
    void afterHandlerOfALoop() {
        ChildJvm.Result result = run(AfterHandlerOfALoop.class);
        assertThat(result.out()).isEqualTo("main cleans up\nrun has ended\n");
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    static final class AfterHandlerOfALoop {
        public static void main(String[] args) {
            EventLoop.run(() -> EventLoop.current().addSignalHandler("INT", () -> {}));
            try {
                EventLoop.run(() -> {
                    interruptSelf();
                    OneSignal.sleepAndSay("main cleans up");
                });
            } catch (KeyboardInterruptException e) {
                System.out.println("run has ended");
            }
        }
    }

    @Test
    @DisplayName("row 79: a main task that swallows the first Ctrl-C is ended by the second, with the shutdown hooks")
    void secondSignal() {
        ChildJvm.Result result = run(SecondSignal.class);
        assertThat(result.out()).isEqualTo("swallowed\nshutdown hook\n");
        assertThat(result.exitCode()).as(result.err()).isEqualTo(INTERRUPTED);
    }

    static final class SecondSignal {
        public static void main(String[] args) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("shutdown hook")));
            EventLoop.run(() -> {
                interruptSelf();
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    System.out.println("swallowed");
                }
                interruptSelf();
                Async.sleep(LONG);
                System.out.println("never");
            });
        }
    }

    @Test
    @DisplayName("row 79: a program that holds the loop is ended by the second Ctrl-C")
    void heldLoop() {
        ChildJvm.Result result = run(HeldLoop.class);
        assertThat(result.out()).isEqualTo("asked once\n");
        assertThat(result.exitCode()).as(result.err()).isEqualTo(INTERRUPTED);
    }

    static final class HeldLoop {
        private static final AtomicReference<Task<?>> MAIN = new AtomicReference<>();

        public static void main(String[] args) {
            Thread.ofPlatform().daemon().start(() -> {
                until(() -> MAIN.get() != null, "main runs");
                interruptSelf();
                until(() -> MAIN.get().cancelling() == 1, "main is asked to end");
                System.out.println("asked once");
                interruptSelf();
            });
            EventLoop.run(() -> {
                MAIN.set(Async.currentTask());
                for (; ; ) {
                    Thread.onSpinWait();
                }
            });
        }
    }

    @Test
    @DisplayName("row 79: what run ends with is up to main, unless Ctrl-C alone cancelled it; each run is asked anew")
    void outcomes() {
        run(Outcomes.class).succeeded();
    }

    static final class Outcomes {
        public static void main(String[] args) {
            try (Runner runner = new Runner()) {
                check(outcome(runner, () -> {}) == null, "a main that swallows its cancellation ends well");
                IllegalStateException failure = new IllegalStateException();
                Throwable thrown = outcome(runner, () -> {
                    throw failure;
                });
                check(thrown == failure, "what main throws in answer, and not " + thrown);
                thrown = outcome(runner, () -> {
                    throw new CancelledException("goes on");
                });
                check(thrown instanceof KeyboardInterruptException, "a keyboard interrupt, and not " + thrown);
                thrown = outcome(runner, () -> {
                    Async.currentTask().cancel("somebody else");
                    Async.yieldNow();
                });
                check(thrown instanceof CancelledException, "cancelled by somebody else as well, and not " + thrown);
                check("somebody else".equals(thrown.getMessage()), "the other message");
                thrown = outcome(runner, () -> {
                    Async.currentTask().uncancel();
                    throw new CancelledException("by itself");
                });
                check(thrown instanceof KeyboardInterruptException, "a keyboard interrupt, and not " + thrown);
                try {
                    runner.run(() -> {
                        throw new CancelledException("no signal");
                    });
                    throw new AssertionError("expected an exception");
                } catch (CancelledException e) {
                    check("no signal".equals(e.getMessage()), "cancelled without a signal");
                }
            }
        }

        /** Runs a main that is interrupted while it sleeps and then does this. */
        private static Throwable outcome(Runner runner, Runnable then) {
            try {
                runner.run(() -> {
                    interruptSelf();
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        check(Async.currentTask().cancelling() == 1, "one request");
                        then.run();
                    }
                });
                return null;
            } catch (RuntimeException e) {
                return e;
            }
        }
    }

    @Test
    @DisplayName("row 79: Ctrl-C reaches a main task that blocks in the JDK")
    void blockedMain() {
        run(BlockedMain.class).succeeded();
    }

    static final class BlockedMain {
        public static void main(String[] args) {
            try {
                EventLoop.run(() -> {
                    interruptSelf();
                    new CountDownLatch(1).await();
                });
                throw new AssertionError("expected an exception");
            } catch (KeyboardInterruptException e) {
                // as it should be
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    @DisplayName("row 79: of two programs at once the first is asked, the one inside it is not")
    void twoPrograms() {
        run(TwoPrograms.class).succeeded();
    }

    static final class TwoPrograms {
        public static void main(String[] args) {
            AtomicReference<Task<?>> inner = new AtomicReference<>();
            try {
                EventLoop.run(() -> {
                    Task<?> nesting = Async.createTask(() -> EventLoop.run(() -> {
                        inner.set(Async.currentTask());
                        Async.sleep(Duration.ofSeconds(1));
                    }));
                    until(
                            () -> {
                                Async.yieldNow();
                                return inner.get() != null;
                            },
                            "the inner program runs");
                    interruptSelf();
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        check(inner.get().cancelling() == 0, "the inner one was not asked");
                        nesting.await();
                        check(inner.get().cancelling() == 0, "nor later");
                        throw e;
                    }
                });
                throw new AssertionError("expected an exception");
            } catch (KeyboardInterruptException e) {
                // as it should be
            }
        }
    }

    @Test
    @DisplayName("row 79: a handler that the program installed is left alone, before a run and during it")
    void ownHandler() {
        run(OwnHandler.class).succeeded();
    }

    static final class OwnHandler {
        private static final AtomicInteger SIGNALS = new AtomicInteger();

        public static void main(String[] args) {
            Object own = handler();
            Object original = install(own);
            EventLoop.run(() -> receive(1));
            check(install(own) == own, "the handler is still there");
            receive(2);
            install(original);
            EventLoop.run(() -> {
                install(own);
                receive(3);
            });
            check(install(own) == own, "a handler installed while a program ran stays");
            receive(4);
        }

        private static void receive(int number) {
            interruptSelf();
            until(() -> SIGNALS.get() == number, "the program's own handler gets signal " + number);
        }

        private static Object handler() {
            try {
                Class<?> type = Class.forName("sun.misc.SignalHandler");
                return Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> switch (method.getName()) {
                            case "handle" -> {
                                SIGNALS.incrementAndGet();
                                yield null;
                            }
                            case "toString" -> "a handler of the user";
                            case "hashCode" -> System.identityHashCode(proxy);
                            default -> proxy == arguments[0];
                        });
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("the signal API of the JDK", e);
            }
        }

        private static Object install(Object handler) {
            try {
                Class<?> type = Class.forName("sun.misc.Signal");
                Method handle = type.getMethod("handle", type, Class.forName("sun.misc.SignalHandler"));
                return handle.invoke(null, type.getConstructor(String.class).newInstance("INT"), handler);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("the signal API of the JDK", e);
            }
        }
    }

    @Test
    @DisplayName("row 79: after a run, and without keyboardInterrupts, the first Ctrl-C ends the JVM as it always does")
    void asAlways() {
        for (Class<?> program : new Class<?>[] {AfterRun.class, Off.class}) {
            ChildJvm.Result result = run(program);
            assertThat(result.out()).isEqualTo("ready\n");
            assertThat(result.exitCode()).as(result.err()).isEqualTo(INTERRUPTED);
        }
    }

    static final class AfterRun {
        public static void main(String[] args) {
            EventLoop.run(() -> {});
            EventLoop.run(() -> {});
            System.out.println("ready");
            interruptSelf();
            Scenario.pause(Scenario.PATIENCE.toMillis());
        }
    }

    static final class Off {
        public static void main(String[] args) {
            EventLoop.builder().keyboardInterrupts(false).run(() -> {
                System.out.println("ready");
                interruptSelf();
                try {
                    Async.sleep(Scenario.PATIENCE);
                } catch (CancelledException e) {
                    System.out.println("cancelled");
                }
            });
        }
    }

    @Test
    @DisplayName("row 79: a JVM that may not use the signal (-Xrs) runs programs all the same")
    void withoutSignals() {
        ChildJvm.Result result = run(Plain.class, "-Xrs").succeeded();
        assertThat(result.out()).isEqualTo("ran\n");
        assertThat(result.err()).isEmpty();
    }

    static final class Plain {
        public static void main(String[] args) {
            EventLoop.builder().slowStepThreshold(Duration.ZERO).run(() -> System.out.println("ran"));
        }
    }

    @Test
    @DisplayName("the exception that nobody catches ends the main thread, with exit code 1 and its stack")
    void uncaught() {
        ChildJvm.Result result = run(Uncaught.class);
        assertThat(result.err()).contains("KeyboardInterruptException: interrupted by Ctrl-C (SIGINT)");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    static final class Uncaught {
        public static void main(String[] args) {
            EventLoop.run(() -> {
                interruptSelf();
                Async.sleep(LONG);
            });
        }
    }
}
