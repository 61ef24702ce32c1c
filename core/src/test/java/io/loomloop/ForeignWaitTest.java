package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tasks in blocking code of the JDK: others run meanwhile, and cancel sends an interrupt. */
@SuppressWarnings("LockNotBeforeTry") // tasks hand locks to each other here
class ForeignWaitTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("a task that blocks in the JDK lets the others run, and they can release it")
    void othersRunMeanwhile() {
        loops.run(() -> {
            LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
            Task<String> taker = Async.createTask(() -> queue.take());
            Task<String> putter = Async.createTask(() -> {
                queue.put("item");
                return "put";
            });
            assertThat(taker.await()).isEqualTo("item");
            assertThat(putter.await()).isEqualTo("put");
        });
    }

    @Test
    @DisplayName("a lock shared by tasks and callbacks does not stop the loop")
    void aSharedLock() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            ReentrantLock lock = new ReentrantLock(true);
            lock.lock();
            Task<?> task = Async.createTask(() -> {
                lock.lock();
                seen.add("task");
                lock.unlock();
            });
            Async.yieldNow();
            LoopFuture<String> called = loop.createFuture();
            loop.callSoon(() -> {
                lock.lock();
                seen.add("callback");
                lock.unlock();
                called.setResult("");
            });
            Async.yieldNow();
            lock.unlock();
            task.await();
            called.await();
        });
        assertThat(seen).containsExactly("task", "callback");
    }

    @Test
    @DisplayName("cancel ends a foreign wait with an interrupt, and the task is cancelled with the message")
    void cancelInterrupts() {
        loops.run(() -> {
            List<VoidBody<Exception>> waits = List.of(
                    () -> Thread.sleep(Long.MAX_VALUE), // reason: the foreign wait that is to be ended
                    () -> new LinkedBlockingQueue<>().take(),
                    () -> new CountDownLatch(1).await(),
                    () -> new Semaphore(0).acquire(),
                    () -> Async.await(new FutureTask<>(() -> "never run")));
            for (VoidBody<Exception> wait : waits) {
                Task<?> task = Async.createTask(wait);
                Async.yieldNow();
                task.cancel("enough");
                assertThat(catchThrowable(task::await))
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("enough");
                assertThat(task.isCancelled()).isTrue();
            }
        });
    }

    @Test
    @DisplayName("cancelled before it gets to the foreign wait, a task is interrupted there")
    void cancelBeforeTheForeignWait() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("by itself");
                Thread.sleep(Long.MAX_VALUE); // reason: the foreign wait that is to be ended
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("by itself");
        });
    }

    @Test
    @DisplayName("an InterruptedException that is swallowed counts as delivered: the task goes on undisturbed")
    void swallowedInterrupts() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                try {
                    Thread.sleep(Long.MAX_VALUE); // reason: the foreign wait that is to be ended
                } catch (InterruptedException e) {
                    seen.add("interrupted");
                }
                Async.yieldNow();
                Async.sleep(Duration.ofSeconds(1));
                return "undisturbed, interrupted: " + Thread.interrupted();
            });
            Async.yieldNow();
            task.cancel();
            assertThat(task.await()).isEqualTo("undisturbed, interrupted: false");
        });
        assertThat(seen).containsExactly("interrupted");
    }

    @Test
    @DisplayName(
            "a wait that is deaf to interrupts goes on; the cancellation arrives at the next await, and no flag stays set")
    void deafWaits() {
        loops.run(() -> {
            ReentrantLock lock = new ReentrantLock();
            lock.lock();
            Task<?> task = Async.createTask(() -> {
                lock.lock();
                try {
                    Async.sleep(Duration.ofDays(1));
                } finally {
                    lock.unlock();
                    seen.add("interrupted: " + Thread.currentThread().isInterrupted());
                }
            });
            Async.yieldNow();
            task.cancel("enough");
            Async.sleep(Duration.ofSeconds(1));
            assertThat(task.isDone()).isFalse();
            lock.unlock();
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
        });
        assertThat(seen).containsExactly("interrupted: false");
    }

    @Test
    @DisplayName("a wait that is deaf to interrupts, and then the end: the task is cancelled, its value dropped")
    void deafWaitsAtTheEnd() {
        loops.run(() -> {
            ReentrantLock lock = new ReentrantLock();
            lock.lock();
            Task<String> task = Async.createTask(() -> {
                lock.lock();
                lock.unlock();
                return "dropped";
            });
            Async.yieldNow();
            task.cancel("enough");
            lock.unlock();
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
        });
    }

    @Test
    @DisplayName("cancelling a task that reads from a socket closes the socket, and the task is cancelled")
    void socketReads() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            EventLoop loop = loops.start();
            Task<Integer> reader = loop.createTask(() -> client.getInputStream().read());
            Loops.Waiting.until(
                    "the task reads",
                    () -> reader.stack().length > 0
                            && java.util.Arrays.stream(reader.stack())
                                    .anyMatch(frame -> frame.getMethodName().equals("park")));
            reader.cancel("enough");
            assertThatThrownBy(reader::await).isInstanceOf(CancelledException.class);
            assertThat(reader.isCancelled()).isTrue();
            assertThat(accepted.isClosed()).isFalse();
        }
    }

    @Test
    @DisplayName("a socket timeout is a failure, also of a task that caught a cancellation before")
    void socketTimeouts() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                try {
                    Async.sleep(Duration.ofDays(1));
                } catch (CancelledException e) {
                    throw new SocketTimeoutException("the peer is slow");
                }
            });
            Async.yieldNow();
            task.cancel();
            assertThatThrownBy(task::get).hasCauseInstanceOf(SocketTimeoutException.class);
            assertThat(task.isCancelled()).isFalse();
        });
    }

    @Test
    @DisplayName("an interrupt by a stranger is no cancellation: the task fails with InterruptedException")
    void interruptsByStrangers() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                Thread.sleep(Long.MAX_VALUE); // reason: the foreign wait that is to be ended
            });
            Async.yieldNow();
            task.thread().interrupt();
            assertThatThrownBy(task::get).hasCauseInstanceOf(InterruptedException.class);
            assertThat(task.isCancelled()).isFalse();
        });
    }

    @Test
    @DisplayName("a checked exception of foreign code keeps its type")
    void failuresOfForeignCode() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                throw new IOException("broken");
            });
            assertThatThrownBy(task::get).hasCauseInstanceOf(IOException.class);
        });
    }
}
