package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.QueueShutDownException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How queues end: joining, shutting down, and iterating until then. */
class LoopQueueEndTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    private Task<?> getter(LoopQueue<String> queue, String name) {
        return Async.createTask(name, () -> {
            seen.add(name + " got " + queue.get());
        });
    }

    private Task<?> putter(LoopQueue<String> queue, String item) {
        return Async.createTask("puts " + item, () -> {
            queue.put(item);
            seen.add("put " + item);
        });
    }

    private static void turns(int count) {
        for (int i = 0; i < count; i++) {
            Async.yieldNow();
        }
    }

    // ---- join

    @Test
    @DisplayName("row Q2: join waits until taskDone was called for each item")
    void join() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            queue.join();
            queue.put("1");
            queue.put("2");
            Task<?> joiner = Async.createTask(queue::join);
            queue.get();
            queue.taskDone();
            queue.get();
            turns(2);
            assertThat(joiner.isDone()).isFalse();
            queue.taskDone();
            joiner.await();
        });
    }

    @Test
    @DisplayName("row Q2: taskDone more often than put fails (test_task_done_underflow)")
    void taskDoneUnderflow() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            assertThatThrownBy(queue::taskDone)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("more often");
            queue.put("1");
            queue.taskDone();
            assertThatThrownBy(queue::taskDone).isInstanceOf(IllegalStateException.class);
        });
    }

    // ---- shutdown

    @Test
    @DisplayName(
            "row Q2: after a shutdown nothing is put, what is there is got, then get fails (test_shutdown_nonempty)")
    void shutdown() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(2);
            queue.put("1");
            queue.put("2");
            Task<?> joiner = Async.createTask(queue::join);
            Task<?> waiting = putter(queue, "3");
            turns(1);
            queue.shutdown();
            assertThat(queue.isShutDown()).isTrue();
            assertThatThrownBy(waiting::await).isInstanceOf(QueueShutDownException.class);
            assertThatThrownBy(() -> queue.put("4")).isInstanceOf(QueueShutDownException.class);
            assertThatThrownBy(() -> queue.tryPut("4")).isInstanceOf(QueueShutDownException.class);
            assertThat(queue.get()).isEqualTo("1");
            assertThat(queue.tryGet()).isEqualTo("2");
            assertThatThrownBy(queue::get).isInstanceOf(QueueShutDownException.class);
            assertThatThrownBy(queue::tryGet)
                    .isInstanceOf(QueueShutDownException.class)
                    .hasMessageContaining("shut down");
            queue.taskDone();
            turns(2);
            assertThat(joiner.isDone()).isFalse();
            queue.taskDone();
            joiner.await();
            queue.shutdown();
        });
    }

    @Test
    @DisplayName(
            "row Q2: a shutdown at once drops what is there and ends join and all who wait (test_shutdown_immediate)")
    void shutdownImmediately() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            queue.put("1");
            Task<?> joiner = Async.createTask(queue::join);
            Task<?> waiting = putter(queue, "2");
            turns(1);
            queue.shutdown(true);
            joiner.await();
            assertThatThrownBy(waiting::await).isInstanceOf(QueueShutDownException.class);
            assertThatThrownBy(queue::get).isInstanceOf(QueueShutDownException.class);
            assertThat(queue.statistics()).isEqualTo(new LoopQueue.Statistics(0, 1, 0, 0, 0, true));
        });
    }

    @Test
    @DisplayName("row Q2: what was got and not finished still counts then (test_shutdown_immediate_with_unfinished)")
    void shutdownImmediatelyWithUnfinished() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            queue.put("1");
            queue.put("2");
            assertThat(queue.get()).isEqualTo("1");
            Task<?> joiner = Async.createTask(queue::join);
            turns(1);
            queue.shutdown(true);
            turns(2);
            assertThat(joiner.isDone()).isFalse();
            queue.taskDone();
            joiner.await();
            assertThatThrownBy(queue::taskDone).isInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    @DisplayName("row Q2: a shutdown wakes every getter; who was woken for an item gets it, unless it was dropped")
    void shutdownWakesGetters() {
        loops.run(() -> {
            for (boolean immediate : new boolean[] {false, true}) {
                seen.clear();
                LoopQueue<String> queue = new LoopQueue<>();
                List<Task<?>> tasks = List.of(getter(queue, "a"), getter(queue, "b"), getter(queue, "c"));
                turns(1);
                queue.put("1");
                queue.shutdown(immediate);
                turns(3);
                assertThat(tasks).allMatch(LoopFuture::isDone);
                assertThat(seen).isEqualTo(immediate ? List.of() : List.of("a got 1"));
                assertThat(tasks.get(2).exception()).isInstanceOf(QueueShutDownException.class);
                assertThat(tasks.get(1).exception()).isInstanceOf(QueueShutDownException.class);
                tasks.get(0).exception();
            }
        });
    }

    @Test
    @DisplayName("row Q2: an item whose getter is cancelled after the shutdown goes to the next getter")
    void shutdownThenCancel() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            Task<?> a = getter(queue, "a");
            Task<?> b = getter(queue, "b");
            turns(1);
            queue.put("1");
            queue.shutdown();
            a.cancel();
            b.await();
            assertThat(seen).containsExactly("b got 1");
            assertThatThrownBy(queue::get).isInstanceOf(QueueShutDownException.class);
        });
    }

    @Test
    @DisplayName("row Q2: a putter that was promised room when the queue was shut down does not get in")
    void shutdownBeforeAPromisedPut() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            queue.put("1");
            Task<?> a = putter(queue, "2");
            Task<?> b = putter(queue, "3");
            turns(1);
            assertThat(queue.get()).isEqualTo("1");
            queue.shutdown();
            assertThatThrownBy(a::await).isInstanceOf(QueueShutDownException.class);
            assertThatThrownBy(b::await).isInstanceOf(QueueShutDownException.class);
            assertThat(queue.isEmpty()).isTrue();
            assertThat(queue.statistics().putters()).isZero();
        });
    }

    @Test
    @DisplayName("row Q2: a second shutdown may drop what the first one left")
    void shutdownTwice() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            queue.put("1");
            queue.shutdown();
            queue.shutdown(true);
            queue.join();
            assertThatThrownBy(queue::get).isInstanceOf(QueueShutDownException.class);
        });
    }

    // ---- iterating

    @Test
    @DisplayName("a for loop gets items until the queue is shut down and empty; several share them")
    void iteration() {
        loops.run(() -> {
            LoopQueue<Integer> queue = new LoopQueue<>(2);
            List<Integer> got = new ArrayList<>();
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                tasks.add(Async.createTask(() -> {
                    for (Integer item : queue) {
                        got.add(item);
                        queue.taskDone();
                    }
                }));
            }
            for (int i = 0; i < 20; i++) {
                queue.put(i);
            }
            queue.shutdown();
            tasks.forEach(Async::await);
            queue.join();
            assertThat(got)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 20).boxed().toList());
            Iterator<Integer> ended = queue.iterator();
            assertThat(ended.hasNext()).isFalse();
            assertThatThrownBy(ended::next).isInstanceOf(NoSuchElementException.class);
        });
    }
}
