package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The life of a future: completing it, asking it, its callbacks. */
class FutureTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    // ---- states

    @Test
    @DisplayName("a pending future is not done, and asking it for an outcome says what to do instead")
    void pending() {
        LoopFuture<String> future = loops.open().createFuture();
        assertThat(future.isDone()).isFalse();
        assertThat(future.isCancelled()).isFalse();
        assertThat(future.state()).isEqualTo(Future.State.RUNNING);
        for (Throwable e : List.of(
                catchThrowable(future::result),
                catchThrowable(future::exception),
                catchThrowable(future::resultNow),
                catchThrowable(future::exceptionNow))) {
            assertThat(e).isInstanceOf(InvalidStateException.class).hasMessageContaining("await it");
        }
        assertThat(future.toString()).startsWith("LoopFuture@").endsWith("[pending]");
    }

    @Test
    @DisplayName("a result is there for every kind of question, null as well")
    void result() throws Exception {
        EventLoop loop = loops.open();
        for (String value : new String[] {"value", null}) {
            LoopFuture<String> future = loop.createFuture();
            future.setResult(value);
            assertThat(future.isDone()).isTrue();
            assertThat(future.isCancelled()).isFalse();
            assertThat(future.state()).isEqualTo(Future.State.SUCCESS);
            assertThat(future.result()).isEqualTo(value);
            assertThat(future.resultNow()).isEqualTo(value);
            assertThat(future.exception()).isNull();
            assertThat(future.get()).isEqualTo(value);
            assertThat(future.get(0, TimeUnit.SECONDS)).isEqualTo(value);
            assertThat(future.await()).isEqualTo(value);
            assertThat(catchThrowable(future::exceptionNow)).isInstanceOf(InvalidStateException.class);
            assertThat(future.toString()).endsWith("[done]");
        }
    }

    @Test
    @DisplayName("an exception is thrown as it is when unchecked, and wrapped when checked")
    void exception() {
        EventLoop loop = loops.open();
        IOException checked = new IOException("checked");
        IllegalArgumentException unchecked = new IllegalArgumentException("unchecked");
        AssertionError error = new AssertionError("error");
        for (Throwable failure : List.of(checked, unchecked, error)) {
            LoopFuture<String> future = loop.createFuture();
            future.setException(failure);
            assertThat(future.isDone()).isTrue();
            assertThat(future.isCancelled()).isFalse();
            assertThat(future.state()).isEqualTo(Future.State.FAILED);
            assertThat(future.exception()).isSameAs(failure);
            assertThat(future.exceptionNow()).isSameAs(failure);
            assertThat(catchThrowable(future::resultNow)).isInstanceOf(InvalidStateException.class);
            assertThat(catchThrowable(future::get))
                    .isInstanceOf(ExecutionException.class)
                    .hasCause(failure);
            assertThat(future.toString()).contains("failed: ").contains(failure.getMessage());
            for (Throwable thrown : List.of(catchThrowable(future::result), catchThrowable(future::await))) {
                if (failure == checked) {
                    assertThat(thrown).isInstanceOf(CompletionException.class).hasCause(checked);
                } else {
                    assertThat(thrown).isSameAs(failure);
                }
            }
        }
    }

    @Test
    @DisplayName("a failure that refuses to be printed does not keep its future from being printed")
    void unprintable() {
        EventLoop.run(() -> {
            LoopFuture<Object> future = EventLoop.current().createFuture();
            class Unprintable extends RuntimeException {
                private static final long serialVersionUID = 1L;

                @Override
                public String getMessage() {
                    throw new IllegalStateException("no");
                }
            }
            future.setException(new Unprintable());
            assertThat(future.toString()).contains("failed: ").contains("Unprintable");
            assertThat(future.exception()).isInstanceOf(Unprintable.class);
        });
    }

    @Test
    @DisplayName("a cancelled future throws CancelledException with the message, each time a new one")
    void cancelled() {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        assertThat(future.cancel("enough")).isTrue();
        assertThat(future.isDone()).isTrue();
        assertThat(future.isCancelled()).isTrue();
        assertThat(future.state()).isEqualTo(Future.State.CANCELLED);
        assertThat(future.toString()).endsWith("[cancelled: enough]");
        for (Throwable thrown : List.of(
                catchThrowable(future::result),
                catchThrowable(future::exception),
                catchThrowable(future::await),
                catchThrowable(future::get))) {
            assertThat(thrown).isInstanceOf(CancelledException.class).hasMessage("enough");
        }
        assertThat(catchThrowable(future::result)).isNotSameAs(catchThrowable(future::result));
        assertThat(catchThrowable(future::resultNow)).isInstanceOf(InvalidStateException.class);
        assertThat(catchThrowable(future::exceptionNow)).isInstanceOf(InvalidStateException.class);

        LoopFuture<String> silent = loop.createFuture();
        assertThat(silent.cancel(true)).isTrue();
        assertThatThrownBy(silent::result)
                .isInstanceOf(CancelledException.class)
                .hasMessage(null);
    }

    @Test
    @DisplayName("a future is completed once: set throws InvalidStateException, try says false, cancel says false")
    void completedOnce() {
        EventLoop loop = loops.open();
        List<Consumer<LoopFuture<String>>> completions = List.of(
                future -> future.setResult("first"),
                future -> future.setException(new IllegalArgumentException("first")),
                future -> future.cancel("first"));
        for (Consumer<LoopFuture<String>> completion : completions) {
            LoopFuture<String> future = loop.createFuture();
            completion.accept(future);
            String before = future.toString();
            assertThat(catchThrowable(() -> future.setResult("second")))
                    .isInstanceOf(InvalidStateException.class)
                    .hasMessageContaining("try");
            assertThat(catchThrowable(() -> future.setException(new IllegalArgumentException("second"))))
                    .isInstanceOf(InvalidStateException.class);
            assertThat(future.trySetResult("second")).isFalse();
            assertThat(future.trySetException(new IllegalArgumentException("second")))
                    .isFalse();
            assertThat(future.cancel()).isFalse();
            assertThat(future.toString()).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("a result that is itself an exception is only a value")
    void exceptionsAsValues() {
        LoopFuture<Throwable> future = loops.open().createFuture();
        Throwable value = new IllegalArgumentException("value");
        future.setResult(value);
        assertThat(future.result()).isSameAs(value);
        assertThat(future.exception()).isNull();
    }

    // ---- callbacks

    @Test
    @DisplayName("row 15: done callbacks never run inline, but on the loop, in the order in which they were added")
    void doneCallbacksRunOnTheLoop() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            for (int i = 0; i < 5; i++) {
                int number = i;
                future.addDoneCallback(done -> {
                    assertThat(done).isSameAs(future);
                    seen.add(number + done.result());
                });
            }
            future.setResult("!");
            assertThat(seen).isEmpty();
            Async.yieldNow();
            assertThat(seen).containsExactly("0!", "1!", "2!", "3!", "4!");
        });
    }

    @Test
    @DisplayName("row 15: a callback added to a future that is done runs soon as well, not inline")
    void addedAfterDone() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            for (Consumer<LoopFuture<String>> completion : List.<Consumer<LoopFuture<String>>>of(
                    future -> future.setResult(""),
                    future -> future.setException(new IllegalArgumentException("")),
                    LoopFuture::cancel)) {
                seen.clear();
                LoopFuture<String> future = loop.createFuture();
                completion.accept(future);
                future.markRetrieved();
                loop.callSoon(() -> seen.add("asked before"));
                future.addDoneCallback(done -> seen.add("callback"));
                assertThat(seen).isEmpty();
                Async.yieldNow();
                assertThat(seen).containsExactly("asked before", "callback");
            }
        });
    }

    @Test
    @DisplayName("row 15: callbacks and waiting tasks are woken in the order in which they came")
    void callbacksAndTasksShareOneOrder() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            future.addDoneCallback(done -> seen.add("callback 1"));
            Task<?> task = Async.createTask(() -> {
                future.await();
                seen.add("task 2");
            });
            Async.yieldNow();
            future.addDoneCallback(done -> seen.add("callback 3"));
            future.setResult("");
            task.await();
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("callback 1", "task 2", "callback 3");
    }

    @Test
    @DisplayName("row 15: callbacks of a future completed by another thread run on the loop")
    void completedByAnotherThread() {
        EventLoop loop = loops.start();
        LoopFuture<String> future = loop.createFuture();
        LoopFuture<EventLoop> where = loop.createFuture();
        future.addDoneCallback(done -> where.setResult(EventLoop.current()));
        future.setResult("");
        assertThat(where.await()).isSameAs(loop);
    }

    @Test
    @DisplayName("row 15: a callback that throws keeps neither the others nor the loop from going on")
    void aCallbackThatThrows() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            future.addDoneCallback(done -> {
                throw new IllegalArgumentException("oops");
            });
            future.addDoneCallback(done -> seen.add("second"));
            future.setResult("");
            Async.yieldNow();
            assertThat(seen).containsExactly("second");
            assertThat(loops.takeFailure().exception()).hasMessage("oops");
        });
    }

    @Test
    @DisplayName("row 16: removing takes out all that are equal, and says how many; the others keep their order")
    void removeDoneCallback() {
        record Named(String name, List<String> seen) implements Consumer<LoopFuture<String>> {
            @Override
            public void accept(LoopFuture<String> done) {
                seen.add(name);
            }
        }
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            for (String name : List.of("a", "b", "a", "c", "b", "a")) {
                future.addDoneCallback(new Named(name, seen));
            }
            assertThat(future.removeDoneCallback(new Named("a", seen))).isEqualTo(3);
            assertThat(future.removeDoneCallback(new Named("a", seen))).isZero();
            assertThat(future.removeDoneCallback(new Named("d", seen))).isZero();
            future.setResult("");
            assertThat(future.removeDoneCallback(new Named("b", seen))).isZero();
            Async.yieldNow();
            assertThat(seen).containsExactly("b", "c", "b");
        });
    }

    @Test
    @DisplayName("row 16: an equals that removes callbacks while callbacks are removed does no harm")
    void removingWhileRemoving() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Consumer<LoopFuture<String>> victim = done -> seen.add("victim");
            class Evil implements Consumer<LoopFuture<String>> {
                private boolean asked;

                @Override
                public void accept(LoopFuture<String> done) {
                    seen.add("evil");
                }

                @Override
                public boolean equals(Object other) {
                    if (!asked) {
                        asked = true;
                        seen.add("removed " + future.removeDoneCallback(victim));
                    }
                    return false;
                }

                @Override
                public int hashCode() {
                    return 1;
                }
            }
            future.addDoneCallback(new Evil());
            future.addDoneCallback(victim);
            assertThat(future.removeDoneCallback(done -> {})).isZero();
            future.setResult("");
            Async.yieldNow();
            assertThat(seen).containsExactly("removed 1", "evil");
        });
    }

    @Test
    @DisplayName("row 16: a callback may add, remove and complete while callbacks are called")
    void mutationByCallbacks() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Consumer<LoopFuture<String>> third = done -> seen.add("third");
            future.addDoneCallback(done -> {
                seen.add("first");
                // Given to the loop already, as in asyncio.
                seen.add("removed " + future.removeDoneCallback(third));
                future.addDoneCallback(again -> seen.add("added"));
            });
            future.addDoneCallback(third);
            future.setResult("");
            Async.yieldNow();
            Async.yieldNow();
            assertThat(seen).containsExactly("first", "removed 0", "third", "added");
        });
    }

    @Test
    @DisplayName(
            "a callback on a future whose loop is closed: refused when it is done, reported when it is completed later")
    void callbacksOfAClosedLoop() {
        EventLoop loop = loops.open();
        LoopFuture<String> pending = loop.createFuture();
        pending.addDoneCallback(done -> seen.add("never"));
        LoopFuture<String> done = loop.createFuture();
        done.setResult("");
        loop.close();
        assertThatThrownBy(() -> done.addDoneCallback(f -> seen.add("never"))).isInstanceOf(LoopClosedException.class);
        pending.setResult("late");
        assertThat(pending.result()).isEqualTo("late");
        assertThat(loops.takeFailure().message()).contains("closed");
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a task may itself be the result of a future")
    @SuppressWarnings("FutureReturnValueIgnored") // it sees futures of futures as ignored
    void aTaskAsAResult() {
        loops.run(() -> {
            Task<String> result = Async.createTask(() -> "inner");
            LoopFuture<Task<String>> future = EventLoop.current().createFuture();
            Task<Task<String>> waiter = Async.createTask(() -> future.await());
            Async.yieldNow();
            future.setResult(result);
            assertThat(future.isDone()).isTrue();
            assertThat(future.result() == result).isTrue();
            assertThat(waiter.await() == result).isTrue();
            assertThat(future.trySetResult(result)).isFalse();
        });
    }
}
