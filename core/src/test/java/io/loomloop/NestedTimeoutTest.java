package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Deadlines within deadlines, and around other things. */
class NestedTimeoutTest {
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<Timeout> scopes = new ArrayList<>();
    private final List<String> seen = new ArrayList<>();

    private static long now() {
        return EventLoop.current().time();
    }

    @Test
    @DisplayName("row 45: both deadlines come at once: the inner passes the cancellation, the outermost converts")
    void bothExpired() {
        loops.run(() -> {
            long deadline = now() + SHORT.toNanos();
            assertThatThrownBy(() -> Async.timeoutAt(deadline, outer -> {
                        scopes.add(outer);
                        try {
                            Async.timeoutAt(deadline, inner -> {
                                scopes.add(inner);
                                Async.sleep(LONG);
                            });
                        } catch (CancelledException e) {
                            seen.add("cancelled");
                            throw e;
                        }
                    }))
                    .isInstanceOf(TimeoutException.class);
            assertThat(seen).containsExactly("cancelled");
            assertThat(scopes).hasSize(2).allMatch(Timeout::expired);
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("rows 45 and 56: in a clean-up, a deadline around a group that fails takes its cancellation back")
    void groupInCleanUp() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                assertThatThrownBy(() -> Async.sleep(LONG)).isInstanceOf(CancelledException.class);
                assertThatThrownBy(() -> Async.timeout(SHORT, scope -> {
                            Async.taskGroup(NestedTimeoutTest::failWhenCancelled);
                        }))
                        .isInstanceOf(ExceptionGroup.class);
                Async.yieldNow();
                assertThat(Async.currentTask().cancelling()).isEqualTo(1);
            });
            Async.yieldNow();
            task.cancel();
            task.await();
        });
    }

    @Test
    @DisplayName("rows 45 and 56: in a clean-up, two groups that fail at once take their cancellations back")
    void groupsInCleanUp() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                assertThatThrownBy(() -> Async.sleep(LONG)).isInstanceOf(CancelledException.class);
                assertThatThrownBy(() -> Async.taskGroup(outer -> {
                            var unused = outer.createTask(() -> {
                                throw new IllegalArgumentException("outer");
                            });
                            Async.taskGroup(NestedTimeoutTest::failWhenCancelled);
                        }))
                        .isInstanceOf(ExceptionGroup.class);
                Async.yieldNow();
                assertThat(Async.currentTask().cancelling()).isEqualTo(1);
            });
            Async.yieldNow();
            task.cancel();
            task.await();
        });
    }

    private static void failWhenCancelled(TaskGroup group) {
        var unused = group.createTask(() -> {
            try {
                Async.sleep(LONG);
            } catch (CancelledException e) {
                throw new IllegalArgumentException("in the clean-up");
            }
        });
        Async.sleep(LONG);
    }

    @Test
    @DisplayName("row 45: whichever of the two was set first")
    void outerFirst() {
        loops.run(() -> {
            long deadline = now() + SHORT.toNanos();
            assertThatThrownBy(() -> Async.timeout(LONG, outer -> {
                        Async.timeoutAt(deadline, inner -> {
                            outer.rescheduleAt(deadline);
                            Async.sleep(LONG);
                        });
                        throw new AssertionError("the outermost converts");
                    }))
                    .isInstanceOf(TimeoutException.class)
                    .hasCauseInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("row 45: only the outer deadline comes: it alone has expired and converts")
    void outerExpired() {
        loops.run(() -> {
            assertThatThrownBy(() -> Async.timeout(SHORT, outer -> {
                        scopes.add(outer);
                        Async.timeout(LONG, inner -> {
                            scopes.add(inner);
                            Async.sleep(LONG);
                        });
                    }))
                    .isInstanceOf(TimeoutException.class);
            assertThat(scopes).extracting(Timeout::expired).containsExactly(true, false);
        });
    }

    @Test
    @DisplayName("row 46: the inner one converts while the outer one waits, which then interrupts what comes later")
    void innerThenOuter() {
        loops.run(() -> {
            long begun = now();
            assertThatThrownBy(() -> Async.timeout(Duration.ofSeconds(4), () -> {
                        assertThatThrownBy(() -> Async.timeout(SHORT, () -> Async.sleep(LONG)))
                                .isInstanceOf(TimeoutException.class);
                        seen.add("inner converted");
                        Async.sleep(LONG);
                    }))
                    .isInstanceOf(TimeoutException.class);
            assertThat(seen).containsExactly("inner converted");
            assertThat(now() - begun).isEqualTo(Duration.ofSeconds(4).toNanos());
        });
    }

    @Test
    @DisplayName("row 46: in the finally of an outer scope that has expired, an inner one works")
    void inFinally() {
        loops.run(() -> {
            assertThatThrownBy(() -> Async.timeout(SHORT, () -> {
                        try {
                            Async.sleep(LONG);
                        } finally {
                            assertThatThrownBy(() -> Async.timeout(SHORT, () -> Async.sleep(LONG)))
                                    .isInstanceOf(TimeoutException.class);
                            seen.add("cleaned up");
                        }
                    }))
                    .isInstanceOf(TimeoutException.class);
            assertThat(seen).containsExactly("cleaned up");
        });
    }

    @Test
    @DisplayName("the message of an inner TimeoutException that leaves an outer scope in time is not touched")
    void innerLeavesOuter() {
        loops.run(() -> {
            Throwable thrown =
                    catchThrowable(() -> Async.timeout(LONG, () -> Async.timeout(SHORT, () -> Async.sleep(LONG))));
            assertThat(thrown).isInstanceOf(TimeoutException.class).hasNoSuppressedExceptions();
        });
    }

    @Test
    @DisplayName("blocking code of the JDK under a deadline is interrupted, and its InterruptedException is converted")
    void blockingCode() {
        EventLoop loop = loops.start();
        Task<String> task = loop.createTask(() -> {
            Throwable late = catchThrowable(() -> Async.timeout(Duration.ofMillis(5), () -> {
                Thread.sleep(100_000); // reason: the subject of the test
            }));
            assertThat(late).isInstanceOf(TimeoutException.class);
            assertThat(late).hasCauseInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            return Async.sleep(Duration.ofMillis(1), "goes on");
        });
        assertThat(task.await()).isEqualTo("goes on");
    }

    @Test
    @DisplayName("a socket of the JDK that the deadline closes: converted, and the flag of the interrupt does not stay")
    void socket() {
        EventLoop loop = loops.start();
        Task<String> task = loop.createTask(() -> {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
                InputStream input = socket.getInputStream();
                assertThatThrownBy(() -> Async.timeout(Duration.ofMillis(5), () -> input.read()))
                        .isInstanceOf(TimeoutException.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
                return Async.sleep(Duration.ofMillis(1), "goes on");
            }
        });
        assertThat(task.await()).isEqualTo("goes on");
    }

    @Test
    @DisplayName("a deadline that could not be delivered is withdrawn at the end, in a task cancelled before as well")
    @SuppressWarnings("LockNotBeforeTry") // the lock is handed from task to task
    void notDelivered() {
        loops.run(() -> {
            ReentrantLock lock = new ReentrantLock();
            lock.lock();
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("before");
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    Async.timeout(SHORT, scope -> {
                        scopes.add(scope);
                        lock.lock(); // takes no notice of an interrupt
                        lock.unlock();
                    });
                    Async.sleep(SHORT);
                    seen.add("not cancelled again");
                    throw e;
                }
            });
            Async.sleep(Duration.ofSeconds(3));
            lock.unlock();
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("before");
            assertThat(scopes.get(0).expired()).isTrue();
            assertThat(seen).containsExactly("not cancelled again");
        });
    }

    @Test
    @DisplayName("row 47: a cancellation asked for before the scope, and told in it, is not converted")
    void askedForBefore() {
        loops.run(() -> {
            Task<Void> slowToEnd = Async.createTask(() -> {
                try {
                    Async.sleep(LONG);
                } finally {
                    Async.sleep(LONG);
                }
            });
            Task<Void> task = Async.createTask(() -> {
                Async.currentTask().cancel("from outside");
                assertThatThrownBy(() -> Async.timeout(SHORT, slowToEnd::await)).isInstanceOf(CancelledException.class);
                assertThat(Async.currentTask().cancelling()).isEqualTo(1);
                seen.add("passed");
            });
            task.await();
            assertThat(seen).containsExactly("passed");
        });
    }

    @Test
    @DisplayName("row 47: around a gather: the children are cancelled, and have ended when it throws")
    void aroundGather() {
        loops.run(() -> {
            Task<?> slow = Async.createTask(() -> {
                try {
                    Async.sleep(LONG);
                } finally {
                    Async.sleep(SHORT);
                    seen.add("cleaned up");
                }
            });
            assertThatThrownBy(() -> Async.timeout(
                            SHORT,
                            () -> Async.gather(slow, Async.createTask(() -> Async.sleep(LONG)))
                                    .await()))
                    .isInstanceOf(TimeoutException.class);
            assertThat(seen).containsExactly("cleaned up");
        });
    }

    @Test
    @DisplayName(
            "twenty thousand tasks, each with a shield and a deadline of its own on one future, leave nothing with it")
    void manyOnOneFuture() {
        loops.run(() -> {
            LoopFuture<String> shared = EventLoop.current().createFuture();
            List<Task<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                tasks.add(Async.createTask(() -> {
                    try {
                        Async.waitFor(Async.shield(shared), SHORT);
                        return false;
                    } catch (TimeoutException e) {
                        return true;
                    }
                }));
            }
            assertThat(Async.gather(tasks).await()).hasSize(20_000).doesNotContain(false);
            assertThat(shared.waiters()).isEmpty();
        });
    }
}
