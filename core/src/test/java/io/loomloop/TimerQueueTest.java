package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heap of timers against a list that is sorted each time. */
class TimerQueueTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private EventLoop loop;
    private final TimerQueue queue = new TimerQueue();
    private final List<TimerHandle> model = new ArrayList<>();

    private TimerHandle timer(long when) {
        if (loop == null) {
            loop = loops.open();
        }
        return new TimerHandle(loop, when, () -> {}, false);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("random operations do what they do to a sorted list")
    void randomOperations(long seed) {
        Random random = new Random(seed);
        // Times around the point where nanoseconds wrap, many of them equal.
        long origin = seed % 2 == 0 ? 0 : Long.MAX_VALUE - 50;
        List<TimerHandle> gone = new ArrayList<>();
        long now = origin;
        for (int i = 0; i < 20_000; i++) {
            int dice = random.nextInt(100);
            // Phases in which the queue grows and phases in which it shrinks.
            boolean growing = (i / 2_000) % 2 == 0;
            if (dice < (growing ? 60 : 20)) {
                add(timer(now + random.nextInt(200)));
            } else if (dice < 75 && !model.isEmpty()) {
                TimerHandle victim = model.remove(random.nextInt(model.size()));
                queue.remove(victim);
                gone.add(victim);
            } else if (dice < 80 && !gone.isEmpty()) {
                queue.remove(gone.get(random.nextInt(gone.size())));
            } else {
                now += random.nextInt(4);
                pollAllDue(now, gone);
            }
            assertThat(queue.size()).isEqualTo(model.size());
            assertThat(queue.peek()).isSameAs(model.isEmpty() ? null : first());
        }
        pollAllDue(now + 1_000, gone);
        assertThat(queue.size()).isZero();
        assertThat(queue.peek()).isNull();
    }

    private void add(TimerHandle timer) {
        queue.add(timer);
        model.add(timer);
    }

    private void pollAllDue(long now, List<TimerHandle> gone) {
        for (TimerHandle due = queue.pollDue(now); due != null; due = queue.pollDue(now)) {
            assertThat(due).isSameAs(first());
            assertThat(due.when() - now).isLessThanOrEqualTo(0);
            model.remove(due);
            gone.add(due);
        }
        assertThat(model).noneMatch(timer -> timer.when() - now <= 0);
    }

    /** The list keeps the order in which the timers were set, and a stable minimum takes the earliest of equals. */
    private TimerHandle first() {
        Comparator<TimerHandle> byTime = (a, b) -> Long.signum(a.when() - b.when());
        TimerHandle least = model.get(0);
        for (TimerHandle timer : model) {
            if (byTime.compare(timer, least) < 0) {
                least = timer;
            }
        }
        return least;
    }

    @Test
    @DisplayName("a removed timer is no more in the queue, and removing it again does nothing")
    void removeTwice() {
        TimerHandle a = timer(1);
        TimerHandle b = timer(2);
        queue.add(a);
        queue.add(b);
        queue.remove(a);
        queue.remove(a);
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.pollDue(2)).isSameAs(b);
        assertThat(queue.pollDue(2)).isNull();
        queue.remove(b);
        assertThat(queue.size()).isZero();
    }

    @Test
    @DisplayName("a timer that was never added is not removed")
    void removeOfAStranger() {
        queue.add(timer(1));
        queue.remove(timer(1));
        assertThat(queue.size()).isEqualTo(1);
    }

    @Test
    @DisplayName("nothing is due before its time")
    void notBeforeItsTime() {
        queue.add(timer(10));
        assertThat(queue.pollDue(9)).isNull();
        assertThat(queue.pollDue(10)).isNotNull();
    }

    @Test
    @DisplayName("the array grows and shrinks with 100,000 timers, and the order holds")
    void manyTimers() {
        Random random = new Random(42);
        for (int i = 0; i < 100_000; i++) {
            queue.add(timer(random.nextInt(1_000)));
        }
        TimerHandle before = queue.pollDue(1_000);
        int count = 1;
        for (TimerHandle next = queue.pollDue(1_000); next != null; next = queue.pollDue(1_000)) {
            assertThat(next.when() > before.when() || (next.when() == before.when() && next.sequence > before.sequence))
                    .isTrue();
            before = next;
            count++;
        }
        assertThat(count).isEqualTo(100_000);
    }
}
