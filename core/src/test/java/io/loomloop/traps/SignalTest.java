package io.loomloop.traps;

import static io.loomloop.traps.Scenario.check;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Real signals, which the programs send to themselves. */
class SignalTest {
    private static void send(String signal) {
        try {
            String command = "kill -s " + signal + " " + ProcessHandle.current().pid();
            check(new ProcessBuilder("sh", "-c", command).start().waitFor() == 0, "the signal is sent");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What a callback has said, in order. */
    private static final class Heard {
        private final LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();

        void say(String what) {
            queue.add(what);
        }

        void expect(String what) throws InterruptedException {
            String next = queue.poll(20, TimeUnit.SECONDS);
            check(what.equals(next), "expected " + what + ", but there was " + next);
        }

        void expectNothing() {
            check(queue.isEmpty(), "expected nothing, but there was " + queue);
        }
    }

    private static void rejected(Class<? extends Exception> type, Runnable attempt) {
        try {
            attempt.run();
        } catch (RuntimeException e) {
            check(type.isInstance(e), "expected " + type + ", but it was " + e);
            return;
        }
        check(false, "expected " + type);
    }

    @Test
    @DisplayName(
            "row 13: a signal interrupts a loop that waits; its callback is an ordinary one, on the loop, and its failures are reported")
    void handler() {
        ChildJvm.run(Handled.class);
    }

    static final class Handled {
        public static void main(String[] args) throws Exception {
            Heard heard = new Heard();
            try (EventLoop loop = EventLoop.builder()
                    .exceptionHandler((where, error) -> heard.say("reported " + error.exception()))
                    .start()) {
                loop.addSignalHandler("USR1", () -> heard.say("on the loop: " + loop.isCurrent()));
                send("USR1");
                heard.expect("on the loop: true");

                loop.addSignalHandler("SIGUSR1", () -> heard.say("replaced"));
                send("USR1");
                heard.expect("replaced");

                loop.addSignalHandler("usr1", () -> {
                    throw new IllegalStateException("thrown");
                });
                send("USR1");
                heard.expect("reported java.lang.IllegalStateException: thrown");

                // A task that waits is woken by what the callback does.
                LoopFuture<String> future = loop.createFuture();
                loop.addSignalHandler("TERM", () -> future.setResult("terminated"));
                send("TERM");
                check("terminated".equals(future.get(20, TimeUnit.SECONDS)), "the task has the result");
                heard.expectNothing();
            }
        }
    }

    @Test
    @DisplayName("row 13: each loop with a handler is told; one that removed it, or was closed, is not")
    void severalLoops() {
        ChildJvm.run(SeveralLoops.class);
    }

    static final class SeveralLoops {
        public static void main(String[] args) throws Exception {
            Heard first = new Heard();
            Heard second = new Heard();
            EventLoop one = EventLoop.start();
            EventLoop two = EventLoop.start();
            one.addSignalHandler("USR1", () -> first.say("first"));
            two.addSignalHandler("USR1", () -> second.say("second"));
            send("USR1");
            first.expect("first");
            second.expect("second");

            check(one.removeSignalHandler("USR1"), "there was a handler");
            check(!one.removeSignalHandler("USR1"), "there is none any more");
            check(!one.removeSignalHandler("TERM"), "there never was");
            send("USR1");
            second.expect("second");
            first.expectNothing();

            one.addSignalHandler("USR1", () -> first.say("first again"));
            two.close();
            send("USR1");
            first.expect("first again");
            second.expectNothing();
            one.close();
            rejected(LoopClosedException.class, () -> one.addSignalHandler("USR1", () -> {}));
        }
    }

    @Test
    @DisplayName("row 13: when the last handler is removed the JVM does again what it did before: TERM ends it")
    void restored() {
        ChildJvm.Result result = ChildJvm.of(Restored.class).run();
        assertThat(result.out()).isEqualTo("handled\nremoved\nshutdown hook\n");
        assertThat(result.exitCode()).as(result.err()).isEqualTo(128 + 15);
    }

    static final class Restored {
        public static void main(String[] args) throws Exception {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("shutdown hook")));
            CountDownLatch handled = new CountDownLatch(1);
            try (EventLoop loop = EventLoop.start()) {
                loop.addSignalHandler("TERM", handled::countDown);
                send("TERM");
                handled.await();
                System.out.println("handled");
            }
            System.out.println("removed");
            send("TERM");
            new CountDownLatch(1).await();
        }
    }

    @Test
    @DisplayName("row 13: signals that do not exist, or cannot be handled, are refused with a sentence")
    void refused() {
        ChildJvm.run(Refused.class);
    }

    static final class Refused {
        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.start()) {
                for (String name : new String[] {"KILL", "STOP", "SEGV", "NONSENSE", "", "SIG", "1"}) {
                    rejected(IllegalArgumentException.class, () -> loop.addSignalHandler(name, () -> {}));
                    boolean removed = false;
                    try {
                        removed = loop.removeSignalHandler(name);
                    } catch (IllegalArgumentException e) {
                        // not even a name
                    }
                    check(!removed, "nothing was added");
                }
            }
        }
    }
}
