package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What asyncio's task groups do not have: a limit, and supervision. */
@SuppressWarnings("FutureReturnValueIgnored") // the group looks after its children
class TaskGroupOptionsTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final TaskGroupOptions TWO = TaskGroupOptions.DEFAULT.withLimit(2);
    private static final TaskGroupOptions SUPERVISED = TaskGroupOptions.DEFAULT.withSupervision();

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();
    private int running;
    private int mostRunning;

    private void work(String name, Duration time) {
        running++;
        mostRunning = Math.max(mostRunning, running);
        seen.add(name);
        try {
            Async.sleep(time);
        } finally {
            running--;
        }
    }

    // ---- limit

    @Test
    @DisplayName(
            "no more children run at once than the limit says, and they begin in order; creating them does not wait")
    void limit() {
        loops.run(() -> {
            Async.taskGroup(TWO, group -> {
                for (String name : List.of("a", "b", "c", "d", "e")) {
                    group.createTask(name, () -> work(name, SECOND));
                }
                assertThat(EventLoop.current().time()).isZero();
                assertThat(group.tasks()).hasSize(5);
            });
            assertThat(mostRunning).isEqualTo(2);
            assertThat(seen).containsExactly("a", "b", "c", "d", "e");
            assertThat(EventLoop.current().time()).isEqualTo(3 * SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("a child that fails, or is cancelled, gives its turn to the next")
    void turnsAreGivenBack() {
        loops.run(() -> {
            Async.taskGroup(TaskGroupOptions.DEFAULT.withLimit(1).withSupervision((task, failure) -> {}), group -> {
                group.createTask(() -> {
                    throw new IOException();
                });
                group.createTask(() -> Async.sleep(LONG)).cancel();
                Task<?> cancelled = group.createTask(() -> work("cancelled", LONG));
                group.createTask(() -> work("last", SECOND));
                Async.sleep(SECOND);
                cancelled.cancel();
            });
            assertThat(seen).containsExactly("cancelled", "last");
            assertThat(EventLoop.current().time()).isEqualTo(2 * SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("a child that is cancelled while it waits for its turn ends at once, and never begins")
    void cancelledWhileWaiting() {
        loops.run(() -> {
            Async.taskGroup(TaskGroupOptions.DEFAULT.withLimit(1), group -> {
                group.createTask(() -> work("first", SECOND));
                Task<?> waiting = group.createTask(() -> work("never", SECOND));
                group.createTask(() -> work("third", SECOND));
                Async.yieldNow();
                waiting.cancel("not needed");
                assertThatThrownBy(waiting::await).hasMessage("not needed");
                assertThat(EventLoop.current().time()).isZero();
            });
            assertThat(seen).containsExactly("first", "third");
            assertThat(mostRunning).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("a child that is cancelled just when it gets its turn passes it on")
    void cancelledAtItsTurn() {
        loops.run(() -> {
            Async.taskGroup(TaskGroupOptions.DEFAULT.withLimit(1), group -> {
                Task<?>[] second = new Task<?>[1];
                group.createTask(() -> {
                    Async.sleep(SECOND);
                    seen.add("first");
                    EventLoop.current().callSoon(() -> second[0].cancel()); // runs before the next child resumes
                });
                second[0] = group.createTask(() -> work("never", SECOND));
                group.createTask(() -> work("third", SECOND));
            });
            assertThat(seen).containsExactly("first", "third");
        });
    }

    @Test
    @DisplayName("a failure ends those that wait for their turn: they never begin")
    void failureEndsTheQueue() {
        loops.run(() -> {
            ExceptionGroup thrown = catchThrowableOfType(
                    ExceptionGroup.class,
                    () -> Async.taskGroup(TWO, group -> {
                        group.createTask(() -> {
                            Async.sleep(SECOND);
                            throw new IOException();
                        });
                        for (int i = 0; i < 1000; i++) {
                            group.createTask(() -> work("begun", LONG));
                        }
                    }));
            assertThat(thrown.exceptions()).hasSize(1);
            assertThat(seen).containsExactly("begun");
            assertThat(EventLoop.current().time()).isEqualTo(SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("start waits for its turn as well")
    void limitOfStart() {
        loops.run(() -> {
            Async.taskGroup(TaskGroupOptions.DEFAULT.withLimit(1), group -> {
                group.createTask(() -> work("first", SECOND));
                String value = group.start(started -> started.accept("ready"));
                assertThat(value).isEqualTo("ready");
                assertThat(EventLoop.current().time()).isEqualTo(SECOND.toNanos());
            });
        });
    }

    @Test
    @DisplayName("awaitRoom keeps whoever creates children from running ahead")
    void awaitRoom() {
        loops.run(() -> {
            Async.taskGroup(TWO, group -> {
                for (int i = 0; i < 100; i++) {
                    group.awaitRoom();
                    assertThat(group.tasks()).hasSizeLessThan(2);
                    group.createTask(() -> work("", SECOND));
                }
            });
            assertThat(seen).hasSize(100);
            assertThat(mostRunning).isEqualTo(2);
            assertThat(EventLoop.current().time()).isEqualTo(50 * SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("awaitRoom by many: each is woken, none is lost when another one is cancelled")
    void awaitRoomByMany() {
        loops.run(() -> {
            Async.taskGroup(TWO, group -> {
                group.createTask(() -> work("", SECOND));
                group.createTask(() -> work("", SECOND));
                List<Task<?>> producers = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    producers.add(Async.createTask(() -> {
                        group.awaitRoom();
                        group.createTask(() -> work("produced", SECOND));
                    }));
                }
                Async.yieldNow();
                producers.remove(0).cancel();
                for (Task<?> producer : producers) {
                    producer.await();
                }
            });
            assertThat(seen.stream().filter("produced"::equals)).hasSize(4);
            assertThat(mostRunning).isEqualTo(2);
        });
    }

    @Test
    @DisplayName("awaitRoom by a thousand: a child that ends wakes those who find room, in their order, and one more")
    void awaitRoomByAThousand() {
        loops.run(() -> {
            List<Integer> order = new ArrayList<>();
            long before = EventLoop.current().statistics().switches();
            Async.taskGroup(TWO, group -> {
                List<Task<?>> producers = new ArrayList<>();
                for (int i = 0; i < 1000; i++) {
                    int number = i;
                    producers.add(Async.createTask(() -> {
                        group.awaitRoom();
                        order.add(number);
                        group.createTask(() -> Async.sleep(SECOND));
                    }));
                }
                Async.gather(producers).await();
            });
            assertThat(order).hasSize(1000).isSorted();
            assertThat(EventLoop.current().statistics().switches() - before).isLessThan(10_000);
            assertThat(EventLoop.current().time()).isEqualTo(500 * SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("awaitRoom: who was woken and makes no child, or is cancelled, passes the room on")
    void roomIsPassedOn() {
        loops.run(() -> {
            Async.taskGroup(TaskGroupOptions.DEFAULT.withLimit(1), group -> {
                List<Task<?>> cancelled = new ArrayList<>();
                group.createTask(() -> {
                    Async.sleep(SECOND);
                    EventLoop.current()
                            .callSoon(() -> cancelled.get(0).cancel()); // between its being woken and its going on
                });
                cancelled.add(Async.createTask(group::awaitRoom));
                Task<?> idle = Async.createTask(group::awaitRoom);
                Task<?> last = Async.createTask(group::awaitRoom);
                last.await();
                assertThat(cancelled.get(0).isCancelled()).isTrue();
                assertThat(idle.isDone()).isTrue();
            });
        });
    }

    @Test
    @DisplayName("awaitRoom by somebody else ends with the group")
    void awaitRoomAtTheEnd() {
        loops.run(() -> {
            Task<?>[] producer = new Task<?>[1];
            Async.taskGroup(TaskGroupOptions.DEFAULT.withLimit(1), group -> {
                group.createTask(() -> work("", LONG));
                producer[0] = Async.createTask(group::awaitRoom);
                Async.yieldNow();
                group.cancel();
            });
            assertThatThrownBy(producer[0]::await).isInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    @DisplayName("awaitRoom is a cancellation point, also when there is room")
    void awaitRoomIsACancellationPoint() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                group.awaitRoom();
                group.cancel();
                seen.add("before");
                group.awaitRoom();
                seen.add("not reached");
            });
            assertThat(seen).containsExactly("before");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    @DisplayName("a limit that is not positive is refused, and the value is named")
    void badLimits(int limit) {
        assertThatThrownBy(() -> TaskGroupOptions.DEFAULT.withLimit(limit))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + limit);
    }

    // ---- supervision

    @Test
    @DisplayName("supervised: a failure does not end the others; all failures are thrown together at the end")
    void supervised() {
        loops.run(() -> {
            ExceptionGroup thrown = catchThrowableOfType(
                    ExceptionGroup.class,
                    () -> Async.taskGroup(SUPERVISED, group -> {
                        for (int i = 1; i <= 3; i++) {
                            int n = i;
                            group.createTask(() -> {
                                Async.sleep(Duration.ofSeconds(n));
                                throw new IOException("" + n);
                            });
                        }
                        group.createTask(() -> {
                            Async.sleep(Duration.ofSeconds(10));
                            seen.add("went on");
                        });
                        Async.sleep(Duration.ofSeconds(2));
                        group.createTask(() -> seen.add("late"));
                    }));
            assertThat(thrown.exceptions()).extracting(Throwable::getMessage).containsExactly("1", "2", "3");
            assertThat(seen).containsExactly("late", "went on");
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("supervised: a failure of the body ends all, and so do cancellation and cancel()")
    void supervisedBody() {
        loops.run(() -> {
            ExceptionGroup thrown = catchThrowableOfType(
                    ExceptionGroup.class,
                    () -> Async.taskGroup(SUPERVISED, group -> {
                        group.createTask(() -> Async.sleep(LONG));
                        throw new IOException("body");
                    }));
            assertThat(thrown.exceptions()).hasSize(1);
            Async.taskGroup(SUPERVISED, group -> {
                group.createTask(() -> Async.sleep(LONG));
                group.cancel();
            });
            Task<?> cancelled = Async.createTask(() -> Async.taskGroup(SUPERVISED, group -> {
                group.createTask(() -> Async.sleep(LONG));
            }));
            Async.yieldNow();
            cancelled.cancel();
            assertThatThrownBy(cancelled::await).isInstanceOf(CancelledException.class);
            assertThat(EventLoop.current().time()).isZero();
        });
    }

    @Test
    @DisplayName("supervised with a handler: it is given each failure as it happens, and the group returns as usual")
    void handler() {
        ContextVar<String> variable = ContextVar.of("variable", "unset");
        loops.run(() -> {
            variable.set("of the parent");
            TaskGroupOptions options = TaskGroupOptions.DEFAULT.withSupervision(
                    (task, failure) -> seen.add(task.name() + " " + failure.getMessage() + " " + variable.get()));
            String result = Async.taskGroup(options, group -> {
                group.createTask("child", () -> {
                    throw new IOException("failed");
                });
                Async.sleep(SECOND);
                assertThat(seen).hasSize(1);
                return "result";
            });
            assertThat(result).isEqualTo("result");
            assertThat(seen).containsExactly("child failed of the parent");
        });
    }

    @Test
    @DisplayName("supervised with a handler: the group does not end before the handler does")
    void slowHandler() {
        loops.run(() -> {
            LoopFuture<String> gate = EventLoop.current().createFuture();
            TaskGroupOptions options = TaskGroupOptions.DEFAULT.withSupervision((task, failure) -> {
                gate.await();
                seen.add("handled");
            });
            EventLoop.current().callLater(SECOND, () -> gate.setResult(""));
            Async.taskGroup(options, group -> {
                group.createTask(() -> {
                    throw new IOException();
                });
            });
            assertThat(seen).containsExactly("handled");
        });
    }

    @Test
    @DisplayName("supervised with a handler: what it throws again ends the group")
    void handlerThatRefuses() {
        loops.run(() -> {
            UncheckedIOException failure = new UncheckedIOException(new IOException());
            TaskGroupOptions options = TaskGroupOptions.DEFAULT.withSupervision((task, thrown) -> {
                if (thrown instanceof RuntimeException e) {
                    throw e;
                }
            });
            ExceptionGroup thrown = catchThrowableOfType(
                    ExceptionGroup.class,
                    () -> Async.taskGroup(options, group -> {
                        group.createTask(() -> {
                            throw new IOException("handled");
                        });
                        group.createTask(() -> {
                            Async.sleep(SECOND);
                            throw failure;
                        });
                        Async.sleep(LONG);
                    }));
            assertThat(thrown.exceptions()).containsExactly(failure);
            assertThat(EventLoop.current().time()).isEqualTo(SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("supervised with a handler that is broken: neither its failure nor the child's is lost")
    void brokenHandler() {
        loops.run(() -> {
            TaskGroupOptions options = TaskGroupOptions.DEFAULT.withSupervision((task, failure) -> {
                throw new IllegalStateException("broken");
            });
            ExceptionGroup thrown = catchThrowableOfType(
                    ExceptionGroup.class,
                    () -> Async.taskGroup(options, group -> {
                        group.createTask(() -> {
                            throw new IOException("child");
                        });
                    }));
            assertThat(thrown.exceptions()).extracting(Throwable::getMessage).containsExactly("child", "broken");
        });
    }

    @Test
    @DisplayName("options say what they are")
    void text() {
        assertThat(TWO.withSupervision()).hasToString("TaskGroupOptions[limit=2, supervised=true]");
        assertThat(TaskGroupOptions.DEFAULT).hasToString("TaskGroupOptions[limit=none, supervised=false]");
    }
}
