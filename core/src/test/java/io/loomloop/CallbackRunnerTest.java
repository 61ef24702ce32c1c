package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The virtual thread that callbacks share. */
class CallbackRunnerTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("consecutive callbacks of a turn run in one virtual thread, and one mount")
    void oneMountForConsecutiveCallbacks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            List<Thread> threads = new ArrayList<>();
            Async.yieldNow();
            for (int i = 0; i < 1_000; i++) {
                loop.callSoon(() -> threads.add(Thread.currentThread()));
            }
            LoopStatistics before = loop.statistics();
            Async.yieldNow();
            LoopStatistics after = loop.statistics();
            assertThat(threads).hasSize(1_000).allMatch(Thread::isVirtual).containsOnly(threads.get(0));
            assertThat(after.callbacks() - before.callbacks()).isEqualTo(1_000);
            assertThat(after.switches() - before.switches()).isLessThanOrEqualTo(2);
        });
    }

    @Test
    @DisplayName("a task between callbacks keeps its place")
    void tasksBetweenCallbacks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.callSoon(() -> seen.add("1"));
            Task<?> task = Async.createTask(() -> {
                seen.add("2");
            });
            loop.callSoon(() -> seen.add("3"));
            task.await();
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("1", "2", "3");
    }

    @Test
    @DisplayName("a callback that blocks does not stop the others: they go on in a fresh thread, in order")
    void blockingCallbacks() throws Exception {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            CountDownLatch gate = new CountDownLatch(1);
            LoopFuture<String> over = loop.createFuture();
            loop.callSoon(() -> seen.add("before"));
            loop.callSoon(() -> {
                seen.add("blocks");
                awaitUninterruptibly(gate);
                seen.add("went on");
                over.setResult("over");
            });
            for (int i = 1; i <= 3; i++) {
                int number = i;
                loop.callSoon(() -> seen.add("after " + number));
            }
            Async.yieldNow();
            assertThat(seen).containsExactly("before", "blocks", "after 1", "after 2", "after 3");
            gate.countDown();
            assertThat(over.await()).isEqualTo("over");
        });
    }

    @Test
    @DisplayName("many callbacks may block at once, and each goes on when its wait is over")
    void manyBlockingCallbacks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            List<LoopFuture<String>> results = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int number = i;
                LoopFuture<String> result = loop.createFuture();
                results.add(result);
                loop.callSoon(() -> {
                    Async.sleep(Duration.ofMillis(100 - number));
                    seen.add("" + number);
                    result.setResult("");
                });
            }
            results.forEach(LoopFuture::await);
            assertThat(seen).hasSize(100);
            assertThat(seen.get(0)).isEqualTo("99");
            assertThat(seen.get(99)).isEqualTo("0");
            loop.callSoon(() -> seen.add("still alive"));
            Async.yieldNow();
            assertThat(seen.get(100)).isEqualTo("still alive");
        });
    }

    @Test
    @DisplayName("a callback that yields lets the rest of its turn run first")
    void yieldingCallbacks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.callSoon(() -> {
                seen.add("1");
                Async.yieldNow();
                seen.add("1 again");
            });
            loop.callSoon(() -> seen.add("2"));
            Async.yieldNow();
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("1", "2", "1 again");
    }

    @Test
    @DisplayName("a callback that blocks and then throws is reported, and the loop goes on")
    void blockingAndThrowing() {
        loops.run(() -> {
            EventLoop.current().callSoon(() -> {
                Async.sleep(Duration.ofSeconds(1));
                throw new IllegalArgumentException("after a while");
            });
            Async.sleep(Duration.ofSeconds(2));
            assertThat(loops.takeFailure().exception()).hasMessage("after a while");
        });
    }

    @Test
    @DisplayName("closing interrupts the callbacks that block, and waits for them")
    void closeWithBlockingCallbacks() {
        EventLoop loop = loops.open();
        loop.callSoon(() -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                seen.add("interrupted");
            }
        });
        loop.callSoon(() -> {
            try {
                loop.createFuture().await();
            } catch (CancelledException e) {
                seen.add("cancelled");
            }
        });
        loop.runUntilComplete(Async::yieldNow);
        assertThat(seen).isEmpty();
        loop.close();
        assertThat(seen).containsExactlyInAnyOrder("interrupted", "cancelled");
    }

    @Test
    @DisplayName("looking at the stack of the callbacks again and again loses none of them")
    void stackWalks() {
        EventLoop loop = loops.start();
        Thread[] runner = new Thread[1];
        loop.createTask(() -> {}).await();
        LoopFuture<String> known = loop.createFuture();
        loop.callSoon(() -> {
            runner[0] = Thread.currentThread();
            known.setResult("");
        });
        known.await();
        Thread walker = Thread.ofPlatform().daemon().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                runner[0].getStackTrace();
                LockSupport.parkNanos(20_000); // a thread whose stack is walked without a pause never runs
            }
        });
        int[] count = new int[1];
        for (int i = 0; i < 300; i++) {
            LoopFuture<String> done = loop.createFuture();
            loop.callSoon(() -> {
                count[0]++;
                done.setResult("");
            });
            done.await();
        }
        walker.interrupt();
        assertThat(count[0]).isEqualTo(300);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
