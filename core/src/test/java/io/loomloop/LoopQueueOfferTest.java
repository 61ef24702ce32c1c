package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.QueueShutDownException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Items that other threads give to a queue. */
class LoopQueueOfferTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private static List<Thread> startThreads(int count, java.util.function.IntConsumer body) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            threads.add(Thread.ofPlatform().start(() -> body.accept(number)));
        }
        return threads;
    }

    @Test
    @DisplayName(
            "offers of four threads all arrive, those of each thread in order, whether or not the queue is full meanwhile")
    void manyThreads() throws Exception {
        for (int capacity : new int[] {1, 7, Integer.MAX_VALUE}) {
            EventLoop loop = loops.start();
            LoopQueue<int[]> queue = new LoopQueue<int[]>(capacity).bindTo(loop);
            Task<int[]> consumer = loop.createTask(() -> {
                int[] next = new int[4];
                for (int[] item : queue) {
                    assertThat(item[1]).isEqualTo(next[item[0]]++);
                    assertThat(queue.size()).isLessThanOrEqualTo(capacity);
                    queue.taskDone();
                }
                return next;
            });
            List<Thread> threads = startThreads(4, thread -> {
                LoopFuture<@Nullable Void> last = null;
                for (int i = 0; i < 2_000; i++) {
                    last = queue.offer(new int[] {thread, i});
                }
                assertThat(last).isNotNull();
                last.await();
            });
            for (Thread thread : threads) {
                thread.join();
            }
            loop.callSoon(queue::shutdown);
            assertThat(consumer.await()).containsExactly(2_000, 2_000, 2_000, 2_000);
            loop.createTask(queue::join).await();
            loop.close();
        }
    }

    @Test
    @DisplayName("a thread that awaits its offers is slowed down by a full queue")
    void backPressure() throws Exception {
        EventLoop loop = loops.start();
        LoopQueue<Integer> queue = new LoopQueue<Integer>(2).bindTo(loop);
        List<Integer> accepted = new CopyOnWriteArrayList<>();
        List<Thread> threads = startThreads(1, thread -> {
            for (int i = 0; i < 5; i++) {
                queue.offer(i).await();
                accepted.add(i);
            }
        });
        Loops.Waiting.until(
                "the third offer stands in line", () -> queue.statistics().putters() == 1);
        assertThat(accepted).containsExactly(0, 1);
        assertThat(loop.<Integer>createTask(queue::get).await()).isZero();
        Loops.Waiting.until(
                "the fourth offer stands in line",
                () -> accepted.size() == 3 && queue.statistics().putters() == 1);
        for (int i = 1; i < 5; i++) {
            assertThat(loop.<Integer>createTask(queue::get).await()).isEqualTo(i);
        }
        threads.get(0).join();
        assertThat(accepted).hasSize(5);
    }

    @Test
    @DisplayName("offers and puts share one line for room, first come first served")
    void oneLine() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            queue.put("full");
            Task<?> a = Async.createTask(() -> queue.put("a"));
            Async.yieldNow();
            LoopFuture<?> b = queue.offer("b");
            Async.yieldNow();
            Task<?> c = Async.createTask(() -> queue.put("c"));
            Async.yieldNow();
            assertThat(queue.statistics().putters()).isEqualTo(3);
            List<String> got = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                got.add(queue.get());
            }
            assertThat(got).containsExactly("full", "a", "b", "c");
            a.await();
            b.await();
            c.await();
        });
    }

    @Test
    @DisplayName("an offer that is cancelled in time is not in the queue, and leaves its place in line")
    void cancel() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            LoopFuture<?> early = queue.offer("early");
            assertThat(early.cancel()).isTrue();
            queue.put("full");
            LoopFuture<?> inLine = queue.offer("in line");
            Async.yieldNow();
            LoopFuture<?> next = queue.offer("next");
            Async.yieldNow();
            assertThat(queue.statistics().putters()).isEqualTo(2);
            assertThat(inLine.cancel()).isTrue();
            Async.yieldNow();
            assertThat(queue.statistics().putters()).isEqualTo(1);
            assertThat(queue.get()).isEqualTo("full");
            assertThat(next.isDone()).isTrue();
            assertThat(next.cancel()).isFalse();
            assertThat(queue.get()).isEqualTo("next");
            assertThat(queue.isEmpty()).isTrue();
        });
    }

    @Test
    @DisplayName("row Q2: a shutdown fails the offers that stand in line and those to come")
    void shutdown() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            queue.put("full");
            LoopFuture<?> inLine = queue.offer("in line");
            Async.yieldNow();
            queue.shutdown();
            LoopFuture<?> late = queue.offer("late");
            assertThatThrownBy(inLine::await).isInstanceOf(QueueShutDownException.class);
            assertThatThrownBy(late::await).isInstanceOf(QueueShutDownException.class);
            assertThat(queue.get()).isEqualTo("full");
            assertThat(queue.statistics().putters()).isZero();
        });
    }

    @Test
    @DisplayName("a loop that closes fails the offers that are not in the queue, and refuses those to come")
    void closedLoop() {
        EventLoop loop = loops.open();
        LoopQueue<String> queue = new LoopQueue<String>(1).bindTo(loop);
        LoopFuture<?> in = queue.offer("in");
        LoopFuture<?> inLine = queue.offer("in line");
        loop.runUntilComplete(() -> {
            Async.yieldNow();
            assertThat(queue.statistics().putters()).isEqualTo(1);
        });
        LoopFuture<?> notBegun = queue.offer("not begun");
        loop.close();
        in.await();
        assertThatThrownBy(inLine::await)
                .isInstanceOf(LoopClosedException.class)
                .hasMessageContaining("closed");
        assertThat(notBegun.isDone()).isTrue();
        notBegun.exception();
        assertThatThrownBy(() -> queue.offer("late")).isInstanceOf(LoopClosedException.class);
        loops.takeFailures();
    }

    @Test
    @DisplayName("threads that offer while the loop closes all learn what became of each item")
    void offersRaceTheClose() throws Exception {
        for (int round = 0; round < 20; round++) {
            EventLoop loop = loops.start();
            LoopQueue<Integer> queue = new LoopQueue<Integer>(3).bindTo(loop);
            var unused = loop.createTask(() -> {
                queue.forEach(item -> queue.taskDone());
            });
            CountDownLatch going = new CountDownLatch(3);
            List<Thread> threads = startThreads(3, thread -> {
                for (int i = 0; ; i++) {
                    try {
                        queue.offer(i).await();
                    } catch (LoopClosedException e) {
                        return;
                    } finally {
                        going.countDown();
                    }
                }
            });
            going.await();
            loop.close();
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    @Test
    @DisplayName("a queue without a loop refuses offers; one that has a loop refuses another")
    void binding() {
        LoopQueue<String> queue = new LoopQueue<>();
        assertThatThrownBy(() -> queue.offer("lost"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("bindTo");
        EventLoop loop = loops.open();
        EventLoop other = loops.open();
        assertThat(queue.bindTo(loop).bindTo(loop)).isSameAs(queue);
        assertThatThrownBy(() -> queue.bindTo(other))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(loop.name())
                .hasMessageContaining(other.name());
        var unused = queue.offer("kept");
        assertThat(loop.<String, RuntimeException>runUntilComplete(queue::get)).isEqualTo("kept");
    }

    @Test
    @DisplayName("a comparator that throws for an offer is reported, and costs the queue no room")
    void comparatorThatThrows() {
        loops.run(() -> {
            LoopQueue<String> queue = LoopQueue.priority(LoopQueueTest.withoutOrder(), 2);
            queue.put("alone");
            queue.offer("another").await();
            Async.yieldNow();
            assertThat(loops.takeFailure().exception()).isInstanceOf(ArithmeticException.class);
            assertThat(queue.statistics()).isEqualTo(new LoopQueue.Statistics(1, 2, 0, 0, 1, false));
        });
    }
}
