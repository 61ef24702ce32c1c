package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waiting for something without being able to cancel it. */
class ShieldTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private static LoopFuture<String> future() {
        return EventLoop.current().createFuture();
    }

    @Test
    @DisplayName("row 39: result and failure go through")
    void passesOn() {
        loops.run(() -> {
            LoopFuture<String> inner = future();
            LoopFuture<String> outer = Async.shield(inner);
            inner.setResult("value");
            assertThat(outer.await()).isEqualTo("value");
            LoopFuture<String> failing = future();
            LoopFuture<String> shield = Async.shield(failing);
            IllegalStateException failure = new IllegalStateException("inner");
            failing.setException(failure);
            assertThatThrownBy(shield::await).isSameAs(failure);
        });
    }

    @Test
    @DisplayName("row 39: cancelling the outer leaves the inner alone, and nothing of the outer stays with it")
    void cancelOuter() {
        loops.run(() -> {
            LoopFuture<String> inner = future();
            LoopFuture<String> outer = Async.shield(inner);
            assertThat(((LoopFuture.Hook) inner.waiters().get(0)).awaitedBy()).isSameAs(outer);
            assertThat(outer.cancel("outer")).isTrue();
            assertThat(outer.isCancelled()).isTrue();
            assertThat(inner.isDone()).isFalse();
            assertThat(inner.waiters()).isEmpty();
            inner.setResult("all the same");
            assertThat(inner.await()).isEqualTo("all the same");
        });
    }

    @Test
    @DisplayName("row 39: a task that is cancelled behind a shield goes, the work goes on to its end")
    void cancelTheWaiter() {
        loops.run(() -> {
            Task<String> work = Async.createTask(() -> Async.sleep(Duration.ofSeconds(5), "saved"));
            Task<String> caller = Async.createTask(() -> Async.shield(work).await());
            Async.sleep(Duration.ofSeconds(1));
            caller.cancel("leave");
            assertThatThrownBy(caller::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("leave");
            assertThat(work.cancelling()).isZero();
            assertThat(work.await()).isEqualTo("saved");
        });
    }

    @Test
    @DisplayName("row 39: cancelling the inner cancels the outer, with the message")
    void cancelInner() {
        loops.run(() -> {
            LoopFuture<String> inner = future();
            LoopFuture<String> outer = Async.shield(inner);
            inner.cancel("inner");
            assertThatThrownBy(outer::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("inner");
            assertThat(outer.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("row 39: what is done is returned as it is")
    void shortcut() {
        loops.run(() -> {
            LoopFuture<String> inner = future();
            inner.setResult("done");
            assertThat(Async.shield(inner)).isSameAs(inner);
        });
    }

    @Test
    @DisplayName(
            "row 39: an inner failure after the outer was cancelled is reported if nobody looks, and not if somebody does")
    void laterFailure() {
        loops.run(() -> {
            LoopFuture<String> seen = future();
            Async.shield(seen).cancel();
            seen.setException(new IllegalStateException("seen"));
            assertThatThrownBy(seen::await).hasMessage("seen");
            LoopFuture<String> unseen = future();
            loops.hold(unseen);
            Async.shield(unseen).cancel();
            unseen.setException(new IllegalStateException("unseen"));
            Async.sleep(Duration.ofSeconds(1));
        });
        assertThat(loops.takeFailure().exception()).hasMessage("unseen");
    }

    @Test
    @DisplayName("row 39: an outer cancelled in the same turn as the inner failed does not hide the failure")
    void cancelledWhileTheFailureIsOnItsWay() {
        loops.run(() -> {
            LoopFuture<String> inner = future();
            loops.hold(inner);
            LoopFuture<String> outer = Async.shield(inner);
            inner.setException(new IllegalStateException("on its way"));
            assertThat(outer.cancel()).isTrue();
            Async.sleep(Duration.ofSeconds(1));
        });
        assertThat(loops.takeFailure().exception()).hasMessage("on its way");
    }

    @Test
    @DisplayName("row 39: shields in a gather: cancelling the whole leaves the work alone")
    void gatherOfShields() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            LoopFuture<String> b = future();
            LoopFuture<List<String>> all = Async.gather(Async.shield(a), Async.shield(b));
            assertThat(all.cancel("whole")).isTrue();
            assertThatThrownBy(all::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("whole");
            assertThat(a.isDone() || b.isDone()).isFalse();
        });
    }

    @Test
    @DisplayName("row 39: a shield around a gather: the children go on")
    void shieldOfGather() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            LoopFuture<List<String>> all = Async.gather(a);
            LoopFuture<List<String>> outer = Async.shield(all);
            outer.cancel();
            assertThat(a.isDone()).isFalse();
            a.setResult("a");
            assertThat(all.await()).containsExactly("a");
        });
    }

    @Test
    @DisplayName("bodies are started as tasks, with a result or without")
    void bodies() {
        loops.run(() -> {
            assertThat(Async.shield(() -> Async.sleep(Duration.ofSeconds(1), "body"))
                            .await())
                    .isEqualTo("body");
            assertThat(Async.shield(() -> Async.sleep(Duration.ofSeconds(1))).await())
                    .isNull();
        });
    }

    @Test
    @DisplayName("a hundred thousand shields around shields need no deep stack, and as many on one future no search")
    void many() {
        loops.run(() -> {
            LoopFuture<String> first = future();
            LoopFuture<String> last = first;
            for (int i = 0; i < 100_000; i++) {
                last = Async.shield(last);
            }
            first.setResult("bottom");
            assertThat(last.await()).isEqualTo("bottom");

            LoopFuture<String> shared = future();
            List<LoopFuture<String>> shields = java.util.stream.Stream.generate(() -> Async.shield(shared))
                    .limit(100_000)
                    .toList();
            shields.forEach(LoopFuture::cancel);
            assertThat(shared.waiters()).isEmpty();
        });
    }
}
