package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopBarrier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that wait for each other. */
class LoopBarrierTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    private Task<?> party(LoopBarrier barrier, String name) {
        return Async.createTask(name, () -> {
            try {
                seen.add(name + barrier.await());
            } catch (BrokenBarrierException e) {
                seen.add(name + " " + e.getMessage());
            }
        });
    }

    private List<Task<?>> parties(LoopBarrier barrier, String... names) {
        List<Task<?>> tasks = new ArrayList<>();
        for (String name : names) {
            tasks.add(party(barrier, name));
        }
        return tasks;
    }

    private static void turns(int count) {
        for (int i = 0; i < count; i++) {
            Async.yieldNow();
        }
    }

    @Test
    @DisplayName("row 62: nobody passes before all have come; each gets the number of its arrival")
    void all() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            List<Task<?>> tasks = parties(barrier, "a", "b");
            turns(3);
            assertThat(barrier.statistics()).isEqualTo(new LoopBarrier.Statistics(3, 2, 0, 0, false));
            assertThat(seen).isEmpty();
            assertThat(barrier.await()).isEqualTo(2);
            tasks.forEach(Async::await);
            assertThat(seen).containsExactly("a0", "b1");
            assertThat(barrier).hasToString("LoopBarrier[filling, waiting=0 of 3, leaving=0, outside=0]");
        });
    }

    @Test
    @DisplayName("row 62: a barrier for one never waits")
    void one() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(1);
            for (int i = 0; i < 3; i++) {
                assertThat(barrier.await()).isZero();
            }
            assertThat(barrier.parties()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName(
            "row 62: it is draining until the last one has left, and newcomers wait outside so long (test_draining_state)")
    void draining() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(2);
            Task<?> a = party(barrier, "a");
            turns(1);
            Task<?> newcomer = party(barrier, "newcomer"); // runs before a does
            EventLoop.current().callSoon(() -> seen.add(barrier.toString()));
            assertThat(barrier.await()).isEqualTo(1);
            assertThat(barrier.toString()).contains("draining");
            a.await();
            turns(1);
            assertThat(seen).containsExactly("LoopBarrier[draining, waiting=0 of 2, leaving=1, outside=1]", "a0");
            assertThat(barrier).hasToString("LoopBarrier[filling, waiting=1 of 2, leaving=0, outside=0]");
            assertThat(barrier.await()).isEqualTo(1);
            newcomer.await();
            assertThat(seen).contains("newcomer0");
        });
    }

    @Test
    @DisplayName("row 62: who comes back at once while others have not left waits outside, and the rounds stay apart")
    void rounds() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            int[] inRound = new int[5];
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                tasks.add(Async.createTask(() -> {
                    for (int round = 0; round < 5; round++) {
                        inRound[round]++;
                        barrier.await();
                        assertThat(inRound[round]).isEqualTo(3);
                    }
                }));
            }
            tasks.forEach(Async::await);
            assertThat(barrier.statistics()).isEqualTo(new LoopBarrier.Statistics(3, 0, 0, 0, false));
        });
    }

    @Test
    @DisplayName(
            "row 62: who is cancelled while it fills does not count, and the numbers have no gap (test_filling_tasks_cancel_one)")
    void cancelOne() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            List<Task<?>> tasks = parties(barrier, "a", "b");
            turns(1);
            tasks.get(0).cancel();
            turns(1);
            assertThat(barrier.waiting()).isEqualTo(1);
            tasks.addAll(parties(barrier, "c", "d"));
            turns(4);
            assertThat(tasks).allMatch(LoopFuture::isDone);
            assertThat(seen).containsExactlyInAnyOrder("b0", "c1", "d2");
        });
    }

    @Test
    @DisplayName("row 62: who is cancelled and has not run yet does not complete the barrier")
    void cancelledJustNow() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(2);
            Task<?> a = party(barrier, "a");
            turns(1);
            Task<?> b = party(barrier, "b");
            a.cancel();
            turns(3);
            assertThat(b.isDone()).isFalse();
            assertThat(barrier.await()).isEqualTo(1);
            b.await();
            assertThat(seen).containsExactly("b0");
        });
    }

    @Test
    @DisplayName("row 62: who is cancelled while the barrier drains is cancelled, and the barrier can be used again")
    void cancelWhileDraining() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            List<Task<?>> tasks = parties(barrier, "a", "b");
            turns(1);
            barrier.await();
            tasks.get(0).cancel();
            turns(2);
            assertThat(seen).containsExactly("b1");
            assertThat(tasks.get(0).isCancelled()).isTrue();
            assertThat(barrier.statistics()).isEqualTo(new LoopBarrier.Statistics(3, 0, 0, 0, false));
        });
    }

    @Test
    @DisplayName("row 62: who is cancelled outside leaves no trace")
    void cancelOutside() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(2);
            Task<?> outsider = Async.createTask(() -> {
                turns(1);
                barrier.await();
            });
            Task<?> a = party(barrier, "a");
            Task<?> b = party(barrier, "b");
            Task<?> c = party(barrier, "c");
            turns(1);
            assertThat(barrier.statistics().outside()).isEqualTo(1);
            c.cancel();
            a.await();
            b.await();
            turns(2);
            assertThat(barrier.statistics()).isEqualTo(new LoopBarrier.Statistics(2, 1, 0, 0, false));
            outsider.cancel();
        });
    }

    @Test
    @DisplayName("row 62: a reset breaks it for those who wait, and it can be used at once")
    void reset() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            List<Task<?>> tasks = parties(barrier, "a", "b");
            turns(1);
            barrier.reset();
            assertThat(barrier.statistics()).isEqualTo(new LoopBarrier.Statistics(3, 0, 2, 0, false));
            assertThat(barrier.toString()).contains("resetting");
            tasks.forEach(Async::await);
            assertThat(seen).containsExactly("a the barrier was reset", "b the barrier was reset");
            assertThat(barrier.isBroken()).isFalse();
            seen.clear();
            tasks = parties(barrier, "c", "d", "e");
            tasks.forEach(Async::await);
            assertThat(seen).containsExactlyInAnyOrder("c0", "d1", "e2");
        });
    }

    @Test
    @DisplayName(
            "row 62: a reset while it drains breaks it for those who have not left (test_reset_barrier_when_tasks_half_draining)")
    void resetWhileHalfDrained() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(4);
            Task<?> a = Async.createTask(() -> {
                seen.add("a" + barrier.await());
                barrier.reset();
            });
            List<Task<?>> tasks = parties(barrier, "b", "c", "d");
            a.await();
            tasks.forEach(Async::await);
            assertThat(seen).containsExactly("d3", "a0", "b the barrier was reset", "c the barrier was reset");
            assertThat(barrier.toString()).contains("filling");
        });
    }

    @Test
    @DisplayName(
            "row 62: an abort breaks it for all, inside, outside and to come, until it is reset (test_abort_barrier_when_exception)")
    void abort() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            List<Task<?>> tasks = parties(barrier, "a", "b");
            turns(1);
            barrier.abort();
            tasks.addAll(parties(barrier, "c"));
            tasks.forEach(Async::await);
            assertThat(seen).hasSize(3).allMatch(text -> text.contains("aborted"));
            assertThat(barrier.isBroken()).isTrue();
            assertThat(barrier.statistics()).isEqualTo(new LoopBarrier.Statistics(3, 0, 0, 0, true));
            assertThatThrownBy(barrier::await).isInstanceOf(BrokenBarrierException.class);
            barrier.reset();
            assertThat(barrier.isBroken()).isFalse();
            tasks = parties(barrier, "d", "e", "f");
            tasks.forEach(Async::await);
            assertThat(seen).contains("d0", "e1", "f2");
        });
    }

    @Test
    @DisplayName("row 62: an abort while it drains breaks it for those who have not left and for those outside")
    void abortWhileDraining() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            List<Task<?>> tasks = parties(barrier, "a", "b");
            turns(1);
            tasks.add(party(barrier, "outside")); // runs before a and b do
            EventLoop.current().callSoon(barrier::abort);
            assertThat(barrier.await()).isEqualTo(2);
            tasks.forEach(Async::await);
            assertThat(seen)
                    .containsExactly(
                            "a the barrier was aborted",
                            "b the barrier was aborted",
                            "outside the barrier was aborted, reset it to use it again");
        });
    }

    @Test
    @DisplayName("waiting is a cancellation point for the last one to come, who does not count then")
    void cancellationPoint() throws BrokenBarrierException {
        loops.run(() -> {
            LoopBarrier barrier = new LoopBarrier(2);
            Task<?> a = party(barrier, "a");
            turns(1);
            Task<?> late = Async.createTask(() -> {
                Async.currentTask().cancel("before");
                barrier.await();
            });
            assertThatThrownBy(late::await).hasMessage("before");
            assertThat(barrier.waiting()).isEqualTo(1);
            a.cancel();
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    @DisplayName("a barrier needs a party, and the value is named")
    void noParties(int parties) {
        assertThatThrownBy(() -> new LoopBarrier(parties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + parties);
    }
}
