package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.spi.LoopDriver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ring and the inbox, as one queue. The test thread plays the loop thread. */
class ReadyQueueTest {
    /** Counts the wake-ups, and returns from each wait at once. */
    private static final class CountingDriver implements LoopDriver {
        final AtomicInteger wakeups = new AtomicInteger();
        int waits;
        boolean fails;
        Runnable duringWait = () -> {};

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void await(long nanos) {
            waits++;
            duringWait.run();
        }

        @Override
        public void wakeup() {
            if (fails) {
                throw new StackOverflowError("thrown by a test");
            }
            wakeups.incrementAndGet();
        }

        @Override
        public void close() {}
    }

    private final CountingDriver driver = new CountingDriver();
    private final ReadyQueue queue = new ReadyQueue(driver);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    @DisplayName("random adds, pushes and polls are first in, first out, across wrapping and growing")
    void randomOperations(long seed) {
        Random random = new Random(seed);
        Deque<Integer> model = new ArrayDeque<>();
        // Pushed, and not seen by the loop yet.
        List<Integer> inbox = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < 100_000; i++) {
            int dice = random.nextInt(100);
            boolean growing = (i / 10_000) % 2 == 0;
            if (dice < (growing ? 40 : 25)) {
                model.addAll(inbox);
                inbox.clear();
                model.add(next);
                queue.add(next++);
            } else if (dice < (growing ? 55 : 30)) {
                inbox.add(next);
                assertThat(queue.push(next++)).isTrue();
            } else if (dice < 60) {
                queue.takeForeign();
                model.addAll(inbox);
                inbox.clear();
            } else {
                assertThat(queue.peek()).isEqualTo(model.peek());
                assertThat(queue.poll()).isEqualTo(model.poll());
            }
            assertThat(queue.size()).isEqualTo(model.size());
            assertThat(queue.isEmpty()).isEqualTo(model.isEmpty() && inbox.isEmpty());
        }
    }

    @Test
    @DisplayName("a burst from outside of any size arrives complete and in order")
    void bursts() {
        int next = 0;
        int expected = 0;
        for (int size : new int[] {1, 255, 256, 257, 1_000, 65_536, 200_000, 3}) {
            for (int i = 0; i < size; i++) {
                queue.push(next++);
            }
            queue.takeForeign();
            assertThat(queue.size()).isEqualTo(size);
            for (int i = 0; i < size; i++) {
                assertThat(queue.poll()).isEqualTo(expected++);
            }
            assertThat(queue.poll()).isNull();
            assertThat(queue.isEmpty()).isTrue();
        }
    }

    @Test
    @DisplayName("after a burst was worked off, the ring lets go of its memory and goes on working")
    void shrinking() {
        for (int i = 0; i < 300_000; i++) {
            queue.add(i);
        }
        for (int i = 0; i < 300_000; i++) {
            assertThat(queue.poll()).isEqualTo(i);
        }
        for (int i = 0; i < 1_000; i++) {
            queue.add(i);
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(queue.poll()).isEqualTo(i);
        }
    }

    @Test
    @DisplayName("the same object may be queued twice")
    void twice() {
        Object item = new Object();
        queue.add(item);
        queue.push(item);
        queue.add(item);
        assertThat(queue.size()).isEqualTo(3);
        assertThat(List.of(queue.poll(), queue.poll(), queue.poll())).containsOnly(item);
    }

    @Test
    @DisplayName("a push wakes the loop only if it sleeps, and many pushes wake it once")
    void wakeupsAreCoalesced() {
        queue.push("awake");
        assertThat(driver.wakeups).hasValue(0);
        queue.takeForeign();
        driver.duringWait = () -> {
            queue.push("first");
            queue.push("second");
            queue.push("third");
        };
        queue.sleep(Long.MAX_VALUE);
        assertThat(driver.wakeups).hasValue(1);
        queue.push("awake again");
        assertThat(driver.wakeups).hasValue(1);
    }

    @Test
    @DisplayName("a push that cannot wake the loop, because its thread has no stack left, leaves that to the next one")
    void failedWakeup() {
        driver.duringWait = () -> {
            driver.fails = true;
            assertThatThrownBy(() -> queue.push("first")).isInstanceOf(StackOverflowError.class);
            driver.fails = false;
            queue.push("second");
        };
        queue.sleep(Long.MAX_VALUE);
        assertThat(driver.wakeups).hasValue(1);
        queue.takeForeign();
        assertThat(queue.poll()).isEqualTo("first");
        assertThat(queue.poll()).isEqualTo("second");
    }

    @Test
    @DisplayName("the loop does not go to sleep over what was pushed before")
    void noSleepOverWork() {
        queue.push("work");
        queue.sleep(Long.MAX_VALUE);
        assertThat(driver.waits).isZero();
    }

    @Test
    @DisplayName("close hands over what was accepted, oldest first, and refuses the rest")
    void close() {
        queue.add(1);
        queue.push(2);
        queue.push(3);
        List<Object> leftovers = new ArrayList<>();
        queue.close(leftovers::add);
        assertThat(leftovers).containsExactly(1, 2, 3);
        assertThat(queue.push(4)).isFalse();
        assertThat(queue.poll()).isNull();
    }

    @Test
    @DisplayName("pushed while close goes on: either refused or handed over, never lost")
    void closeAgainstPush() throws Exception {
        for (int round = 0; round < 10; round++) {
            ReadyQueue contended = new ReadyQueue(driver);
            AtomicInteger accepted = new AtomicInteger();
            CountDownLatch started = new CountDownLatch(3);
            List<Thread> producers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                producers.add(Thread.ofPlatform().start(() -> {
                    started.countDown();
                    while (contended.push("item")) {
                        accepted.incrementAndGet();
                    }
                }));
            }
            started.await();
            int[] received = new int[1];
            contended.close(item -> received[0]++);
            for (Thread producer : producers) {
                producer.join();
            }
            assertThat(received[0]).isEqualTo(accepted.get());
        }
    }

    @Test
    @DisplayName("several producers: nothing is lost, and each producer's items keep their order")
    void severalProducers() throws Exception {
        int producers = 3;
        int each = 50_000;
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            int producer = p;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < each; i++) {
                    queue.push(new int[] {producer, i});
                }
            }));
        }
        int[] expected = new int[producers];
        for (int received = 0; received < producers * each; ) {
            queue.takeForeign();
            for (Object item = queue.poll(); item != null; item = queue.poll()) {
                int[] pair = (int[]) item;
                assertThat(pair[1]).isEqualTo(expected[pair[0]]++);
                received++;
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(queue.isEmpty()).isTrue();
    }
}
