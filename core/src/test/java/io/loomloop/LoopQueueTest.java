package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopQueue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues between tasks; how they end is in {@link LoopQueueEndTest}, offers from other threads in {@link
 * LoopQueueOfferTest}. */
class LoopQueueTest {
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

    private static <T> List<T> drain(LoopQueue<T> queue) {
        List<T> items = new ArrayList<>();
        for (T item = queue.tryGet(); item != null; item = queue.tryGet()) {
            items.add(item);
        }
        return items;
    }

    // ---- order

    @Test
    @DisplayName("first in, first out; last in, first out; the smallest first, and equal ones as they came")
    void orders() {
        loops.run(() -> {
            LoopQueue<Integer> fifo = new LoopQueue<>();
            LoopQueue<Integer> lifo = LoopQueue.lifo();
            LoopQueue<Integer> smallest = LoopQueue.priority();
            LoopQueue<Integer> greatest = LoopQueue.priority(Comparator.reverseOrder());
            for (int item : List.of(3, 1, 2)) {
                for (LoopQueue<Integer> queue : List.of(fifo, lifo, smallest, greatest)) {
                    queue.put(item);
                }
            }
            assertThat(drain(fifo)).containsExactly(3, 1, 2);
            assertThat(drain(lifo)).containsExactly(2, 1, 3);
            assertThat(drain(smallest)).containsExactly(1, 2, 3);
            assertThat(drain(greatest)).containsExactly(3, 2, 1);
            LoopQueue<String> byLength = LoopQueue.priority(Comparator.comparingInt(String::length));
            for (String item : List.of("bb1", "a1", "bb2", "a2", "bb3", "a3", "bb4", "a4")) {
                byLength.put(item);
            }
            assertThat(drain(byLength)).containsExactly("a1", "a2", "a3", "a4", "bb1", "bb2", "bb3", "bb4");
        });
    }

    @Test
    @DisplayName(
            "row Q1: getters are served in the order in which they came, and no newcomer takes what one was woken for")
    void gettersAreServedInOrder() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            Task<?> a = getter(queue, "a");
            Task<?> b = getter(queue, "b");
            turns(1);
            queue.put("1");
            assertThat(queue.tryGet()).isNull();
            assertThat(queue.size()).isEqualTo(1);
            Task<?> c = getter(queue, "c");
            queue.put("2");
            queue.put("3");
            a.await();
            b.await();
            c.await();
            assertThat(seen).containsExactly("a got 1", "b got 2", "c got 3");
        });
    }

    @Test
    @DisplayName("a queue that is full lets putters in as there is room, in the order in which they came")
    void putters() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(2);
            assertThat(queue.tryPut("1")).isTrue();
            assertThat(queue.isFull()).isFalse();
            queue.put("2");
            assertThat(queue.isFull()).isTrue();
            assertThat(queue.tryPut("no room")).isFalse();
            List<Task<?>> tasks = List.of(putter(queue, "3"), putter(queue, "4"));
            turns(1);
            assertThat(queue.statistics()).isEqualTo(new LoopQueue.Statistics(2, 2, 0, 2, 2, false));
            assertThat(queue.get()).isEqualTo("1");
            assertThat(queue.tryPut("too early")).as("the place is promised").isFalse();
            turns(1);
            assertThat(seen).containsExactly("put 3");
            assertThat(queue.get()).isEqualTo("2");
            tasks.forEach(Async::await);
            assertThat(drain(queue)).containsExactly("3", "4");
            assertThat(queue.isEmpty()).isTrue();
        });
    }

    @Test
    @DisplayName("producers and consumers of a small queue move everything once, in the order of each producer")
    void traffic() {
        loops.run(() -> {
            LoopQueue<Integer> queue = new LoopQueue<>(3);
            List<Integer> got = new ArrayList<>();
            List<Task<?>> tasks = new ArrayList<>();
            for (int producer = 0; producer < 4; producer++) {
                int first = producer * 1000;
                tasks.add(Async.createTask(() -> {
                    for (int i = 0; i < 250; i++) {
                        queue.put(first + i);
                    }
                }));
                tasks.add(Async.createTask(() -> {
                    for (int i = 0; i < 250; i++) {
                        got.add(queue.get());
                        queue.taskDone();
                    }
                }));
            }
            tasks.forEach(Async::await);
            queue.join();
            assertThat(got).hasSize(1000).doesNotHaveDuplicates();
            for (int producer = 0; producer < 4; producer++) {
                int number = producer;
                assertThat(got.stream().filter(item -> item / 1000 == number)).isSorted();
            }
            assertThat(queue.statistics()).isEqualTo(new LoopQueue.Statistics(0, 3, 0, 0, 0, false));
        });
    }

    // ---- cancelling

    @Test
    @DisplayName(
            "row Q1: a getter that is cancelled before the put leaves the item to the next (test_get_cancelled_race)")
    void getterCancelledBefore() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            Task<?> a = getter(queue, "a");
            Task<?> b = getter(queue, "b");
            turns(1);
            a.cancel();
            queue.put("1");
            b.await();
            assertThat(a.isCancelled()).isTrue();
            assertThat(seen).containsExactly("b got 1");
        });
    }

    @Test
    @DisplayName(
            "row Q1: a getter that is cancelled after it was woken passes its item on (test_get_cancel_drop_one_pending_reader)")
    void getterCancelledAfter() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            Task<?> a = getter(queue, "a");
            Task<?> b = getter(queue, "b");
            turns(1);
            queue.put("1");
            queue.put("2");
            a.cancel();
            b.await();
            turns(2);
            assertThat(a.isCancelled()).isTrue();
            assertThat(seen).containsExactly("b got 1");
            assertThat(queue.tryGet()).isEqualTo("2");
        });
    }

    @Test
    @DisplayName(
            "row Q1: a putter that is cancelled, before or after there was room, leaves it to the next (test_put_cancelled_race)")
    void putterCancelled() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            queue.put("full");
            Task<?> a = putter(queue, "a");
            Task<?> b = putter(queue, "b");
            Task<?> c = putter(queue, "c");
            turns(1);
            a.cancel();
            assertThat(queue.get()).isEqualTo("full");
            b.cancel();
            c.await();
            assertThat(a.isCancelled() && b.isCancelled()).isTrue();
            assertThat(drain(queue)).containsExactly("c");
            assertThat(queue.statistics().putters()).isZero();
        });
    }

    @Test
    @DisplayName("row Q1: a cancelled put leaves its item out of the queue (test_put_cancel_drop)")
    void cancelledPut() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            queue.put("a");
            Task<?> b = putter(queue, "b");
            turns(1);
            b.cancel();
            assertThatThrownBy(b::await).isInstanceOf(CancelledException.class);
            assertThat(drain(queue)).containsExactly("a");
            queue.taskDone();
            queue.join();
        });
    }

    @Test
    @DisplayName(
            "row Q1: ten thousand cancelled getters are not retained (test_cancelled_getters_not_being_held_in_self_getters)")
    void nothingIsRetained() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                tasks.add(getter(queue, "never"));
            }
            turns(1);
            assertThat(queue.statistics().getters()).isEqualTo(10_000);
            tasks.forEach(LoopFuture::cancel);
            turns(1);
            assertThat(queue.statistics().getters()).isZero();
            queue.put("kept");
            assertThat(queue.get()).isEqualTo("kept");
        });
    }

    @Test
    @DisplayName("put, get and join are cancellation points although they need not wait; tryPut and tryGet are none")
    void cancellationPoints() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            queue.put("item");
            queue.taskDone();
            List<VoidBody<RuntimeException>> waits = List.of(() -> queue.put("x"), queue::get, queue::join);
            for (VoidBody<RuntimeException> wait : waits) {
                Task<?> task = Async.createTask(() -> {
                    Async.currentTask().cancel("before");
                    assertThat(queue.tryPut("y")).isTrue();
                    assertThat(queue.tryGet()).isEqualTo("item");
                    assertThat(queue.tryPut("item")).isTrue();
                    assertThat(queue.tryGet()).isEqualTo("y");
                    queue.taskDone();
                    queue.taskDone();
                    wait.run();
                    seen.add("not here");
                });
                assertThatThrownBy(task::await).hasMessage("before");
            }
            assertThat(seen).isEmpty();
            assertThat(drain(queue)).containsExactly("item");
        });
    }

    // ---- bad input

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    @DisplayName("a capacity that is not positive is refused, and the value is named")
    void capacities(int capacity) {
        assertThatThrownBy(() -> new LoopQueue<String>(capacity))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + capacity);
        assertThatThrownBy(() -> LoopQueue.lifo(capacity)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LoopQueue.<String>priority(capacity)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @SuppressWarnings("NullAway") // the point of it
    @DisplayName("null is no item")
    void nullItems() {
        loops.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>(1);
            assertThatThrownBy(() -> queue.put(null))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage("item");
            assertThatThrownBy(() -> queue.tryPut(null)).hasMessage("item");
            assertThatThrownBy(() -> queue.offer(null)).hasMessage("item");
            assertThat(queue.tryPut("there is room still")).isTrue();
        });
    }

    /** A comparator that throws. */
    static Comparator<String> withoutOrder() {
        return Comparator.comparing(item -> {
            throw new ArithmeticException("no order for " + item);
        });
    }

    @Test
    @DisplayName("a comparator that throws fails the put that met it, and takes no room")
    void comparatorThatThrows() {
        loops.run(() -> {
            LoopQueue<String> queue = LoopQueue.priority(withoutOrder(), 2);
            queue.put("alone");
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> queue.put("another")).isInstanceOf(ArithmeticException.class);
            }
            assertThat(queue.statistics()).isEqualTo(new LoopQueue.Statistics(1, 2, 0, 0, 1, false));
            assertThat(queue.get()).isEqualTo("alone");
        });
    }
}
