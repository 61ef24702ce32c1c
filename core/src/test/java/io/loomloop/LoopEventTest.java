package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Flags that tasks wait for. */
class LoopEventTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new CopyOnWriteArrayList<>();

    private Task<?> waiter(LoopEvent event, String name) {
        return Async.createTask(name, () -> {
            event.await();
            seen.add(name);
        });
    }

    @Test
    @DisplayName("row 61: setting wakes all who wait, in order, and those who come later do not wait")
    void set() {
        loops.run(() -> {
            LoopEvent event = new LoopEvent();
            List<Task<?>> tasks = List.of(waiter(event, "a"), waiter(event, "b"), waiter(event, "c"));
            Async.yieldNow();
            assertThat(event.statistics()).isEqualTo(new LoopEvent.Statistics(false, 3));
            event.set();
            tasks.forEach(Async::await);
            event.await();
            assertThat(seen).containsExactly("a", "b", "c");
            assertThat(event.statistics()).isEqualTo(new LoopEvent.Statistics(true, 0));
        });
    }

    @Test
    @DisplayName(
            "row 61: set and clear at once wakes those who waited (test_clear_with_waiters), and not who comes after")
    void setAndClear() {
        loops.run(() -> {
            LoopEvent event = new LoopEvent();
            Task<?> a = waiter(event, "a");
            Async.yieldNow();
            event.set();
            event.clear();
            event.set();
            event.clear();
            Task<?> late = waiter(event, "late");
            a.await();
            Async.yieldNow();
            assertThat(event.isSet()).isFalse();
            assertThat(seen).containsExactly("a");
            event.set();
            late.await();
        });
    }

    @Test
    @DisplayName("row 61: a cancelled waiter leaves the event to the others, whether the set has come or not")
    void cancel() {
        loops.run(() -> {
            LoopEvent event = new LoopEvent();
            Task<?> a = waiter(event, "a");
            Task<?> b = waiter(event, "b");
            Task<?> c = waiter(event, "c");
            Async.yieldNow();
            a.cancel();
            event.set();
            b.cancel();
            c.await();
            assertThat(a.isCancelled() && b.isCancelled()).isTrue();
            assertThat(seen).containsExactly("c");
            assertThat(event.statistics().waiters()).isZero();
        });
    }

    @Test
    @DisplayName("ten thousand cancelled waiters are gone once they have run")
    void nothingIsRetained() {
        loops.run(() -> {
            LoopEvent event = new LoopEvent();
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                tasks.add(waiter(event, "never"));
            }
            Async.yieldNow();
            tasks.forEach(LoopFuture::cancel);
            Async.yieldNow();
            assertThat(event).hasToString("LoopEvent[not set, waiters=0]");
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("waiting is a cancellation point although the event is set")
    void cancellationPoint() {
        loops.run(() -> {
            LoopEvent event = new LoopEvent();
            event.set();
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("before");
                event.await();
                seen.add("not here");
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("before");
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("a callback may wait as well, and another thread sets the event through callSoon")
    void otherThreads() {
        EventLoop loop = loops.start();
        LoopEvent event = new LoopEvent();
        Task<?> a = loop.createTask(() -> {
            event.await();
            seen.add("task");
        });
        loop.callSoon(() -> {
            event.await();
            seen.add("callback");
        });
        loop.callSoon(event::set);
        a.await();
        Loops.Waiting.until("the callback goes on", () -> seen.size() == 2);
        assertThat(seen).containsExactly("task", "callback");
    }

    @Test
    @DisplayName("an interrupt ends the wait of a thread that is no task, stays set, and leaves nothing in line")
    void interrupt() {
        EventLoop loop = loops.start();
        LoopEvent event = new LoopEvent();
        loop.callSoon(() -> {
            Thread self = Thread.currentThread();
            EventLoop.current().callSoon(self::interrupt);
            try {
                event.await();
            } catch (CancelledException e) {
                seen.add("interrupted=" + Thread.interrupted());
            }
        });
        Loops.Waiting.until("the callback is interrupted", () -> !seen.isEmpty());
        assertThat(seen).containsExactly("interrupted=true");
        assertThat(event.statistics().waiters()).isZero();
    }
}
