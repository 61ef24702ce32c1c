package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callbacks: their order, taking them back, and what becomes of what they throw. */
class CallbackTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("row 2: callSoon is first in, first out, and runs each callback exactly once")
    void firstInFirstOut() {
        EventLoop loop = loops.open();
        for (int i = 0; i < 2000; i++) {
            int number = i;
            loop.callSoon(() -> seen.add("" + number));
        }
        loop.runUntilComplete(Async::yieldNow);
        assertThat(seen).hasSize(2000);
        for (int i = 0; i < 2000; i++) {
            assertThat(seen.get(i)).isEqualTo("" + i);
        }
    }

    @Test
    @DisplayName("row 2: what another thread asked for first comes before what the loop asks for afterwards")
    void oneQueueForAllThreads() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.callSoon(() -> seen.add("1 loop"));
            onAnotherThread(() -> loop.callSoon(() -> seen.add("2 foreign")));
            loop.callSoon(() -> seen.add("3 loop"));
            onAnotherThread(() -> loop.callSoon(() -> seen.add("4 foreign")));
            Task<?> task = loop.createTask(() -> {
                seen.add("5 task");
            });
            onAnotherThread(() -> loop.callSoon(() -> seen.add("6 foreign")));
            task.await();
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("1 loop", "2 foreign", "3 loop", "4 foreign", "5 task", "6 foreign");
    }

    @Test
    @DisplayName("row 9: a cancelled callback never runs, lets go of what it captured, and says so once")
    void cancelledCallbacks() {
        EventLoop loop = loops.open();
        Handle handle = loop.callSoon(() -> seen.add("ran"));
        assertThat(handle.isCancelled()).isFalse();
        assertThat(handle.loop()).isSameAs(loop);
        assertThat(handle.cancel()).isTrue();
        assertThat(handle.cancel()).isFalse();
        assertThat(handle.isCancelled()).isTrue();
        assertThat(handle).hasToString("Handle[cancelled]");
        loop.runUntilComplete(Async::yieldNow);
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("row 9: a callback that has begun, or is over, is not cancelled any more")
    void cancelComesTooLate() {
        loops.run(() -> {
            Handle[] handle = new Handle[1];
            handle[0] = EventLoop.current().callSoon(() -> {
                seen.add("cancel: " + handle[0].cancel());
                seen.add("cancelled: " + handle[0].isCancelled());
            });
            Async.yieldNow();
            assertThat(handle[0].cancel()).isFalse();
            assertThat(handle[0]).hasToString("Handle[has run]");
        });
        assertThat(seen).containsExactly("cancel: false", "cancelled: false");
    }

    @Test
    @DisplayName("row 9: a callback cancelled from another thread before it begins never runs: one of the two wins")
    void cancelFromAnotherThread() {
        EventLoop loop = loops.start();
        AtomicInteger ran = new AtomicInteger();
        int cancelled = 0;
        for (int i = 0; i < 2000; i++) {
            if (loop.callSoon(ran::incrementAndGet).cancel()) {
                cancelled++;
            }
        }
        loop.createTask(() -> {}).await();
        assertThat(ran.get() + cancelled).isEqualTo(2000);
    }

    @Test
    @DisplayName("row 10: what a callback throws goes to the exception handler, and the loop goes on")
    void whatACallbackThrows() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            RuntimeException failure = new IllegalArgumentException("oops");
            Handle handle = loop.callSoon(() -> {
                throw failure;
            });
            loop.callSoon(() -> seen.add("next"));
            Async.yieldNow();
            assertThat(seen).containsExactly("next");
            ErrorContext context = loops.takeFailure();
            assertThat(context.exception()).isSameAs(failure);
            assertThat(context.handle()).isSameAs(handle);
            assertThat(context.future()).isNull();
            assertThat(context.message()).contains("exception in callback").contains("CallbackTest");
        });
    }

    @Test
    @DisplayName(
            "row 10: errors of callbacks are reported like any other failure: there is no KeyboardInterrupt in Java")
    void errorsOfCallbacks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            for (Error error : List.of(new AssertionError("assertion"), new StackOverflowError("deep"))) {
                loop.callSoon(() -> {
                    throw error;
                });
                Async.yieldNow();
                assertThat(loops.takeFailure().exception()).isSameAs(error);
            }
        });
    }

    @Test
    @DisplayName("row 10: what a timer throws goes to the exception handler")
    void whatATimerThrows() {
        loops.run(() -> {
            TimerHandle timer = EventLoop.current().callLater(Duration.ofSeconds(1), () -> {
                throw new IllegalArgumentException("late");
            });
            Async.sleep(Duration.ofSeconds(2));
            assertThat(loops.takeFailure().handle()).isSameAs(timer);
        });
    }

    @Test
    @DisplayName("a callback whose toString throws is run like any other, and so is one that fails as well")
    void toStringThatThrows() {
        class Unprintable implements Runnable {
            private final boolean fails;

            Unprintable(boolean fails) {
                this.fails = fails;
            }

            @Override
            public void run() {
                seen.add("ran");
                if (fails) {
                    throw new IllegalArgumentException("oops");
                }
            }

            @Override
            public String toString() {
                throw new IllegalStateException("unprintable");
            }
        }
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.callSoon(new Unprintable(false));
            Async.yieldNow();
            assertThat(seen).containsExactly("ran");
            loop.callSoon(new Unprintable(true));
            Async.yieldNow();
            assertThat(seen).containsExactly("ran", "ran");
            assertThat(loops.takeFailure().exception()).hasMessage("oops");
        });
    }

    @Test
    @DisplayName(
            "a done callback without a name, dropped because its loop is closed, does not keep others from being told")
    void droppedWithoutAName() {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        future.addDoneCallback(new Consumer<>() {
            @Override
            public void accept(LoopFuture<String> done) {}

            @Override
            public String toString() {
                throw new IllegalStateException("unprintable");
            }
        });
        CompletableFuture<String> after = future.toCompletableFuture();
        loop.close();
        future.setResult("late");
        assertThat(after.join()).isEqualTo("late");
        assertThat(loops.takeFailure().message()).contains("dropped");
    }

    @Test
    @DisplayName("an interrupt flag that a callback leaves set does not reach the next callback")
    void interruptFlagsAreNotPassedOn() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.callSoon(() -> Thread.currentThread().interrupt());
            loop.callSoon(
                    () -> seen.add("interrupted: " + Thread.currentThread().isInterrupted()));
            Async.yieldNow();
            loop.callSoon(
                    () -> seen.add("interrupted: " + Thread.currentThread().isInterrupted()));
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("interrupted: false", "interrupted: false");
    }

    @Test
    @DisplayName("callbacks know their loop, but are no task")
    void whereCallbacksRun() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> answer = loop.createFuture();
            loop.callSoon(() -> {
                assertThatCode(() -> assertThat(EventLoop.current()).isSameAs(loop))
                        .doesNotThrowAnyException();
                try {
                    answer.setResult(Async.currentTask().name());
                } catch (IllegalStateException e) {
                    answer.setResult("no task");
                }
            });
            assertThat(answer.await()).isEqualTo("no task");
        });
    }

    /** Spins instead of waiting, so that nothing else of the loop runs meanwhile. */
    private static void onAnotherThread(Runnable action) {
        Thread thread = Thread.ofPlatform().start(action);
        while (thread.isAlive()) {
            Thread.onSpinWait();
        }
    }
}
