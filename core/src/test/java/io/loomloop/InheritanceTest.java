package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the JDK hands from thread to thread, and what of it reaches tasks and callbacks. */
class InheritanceTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("tasks, callbacks and workers begin without the inheritable thread-locals of whoever asked for them")
    void inheritableThreadLocals() {
        InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
        List<@Nullable String> seen = new ArrayList<>();
        loops.run(() -> {
            local.set("of the task");
            Async.createTask(() -> {
                        seen.add(local.get());
                    })
                    .await();
            EventLoop.current().callSoon(() -> seen.add(local.get()));
            Async.yieldNow();
            Async.toThread(() -> {
                seen.add(local.get());
            });
            assertThat(local.get()).isEqualTo("of the task");
            LoopFuture<String> over = EventLoop.current().createFuture();
            Thread adopted = Thread.startVirtualThread(() -> over.setResult(local.get()));
            assertThat(over.await()).isEqualTo("of the task");
            assertThat(adopted.isVirtual()).isTrue();
        });
        assertThat(seen).containsExactly(null, null, null);
    }

    @Test
    @DisplayName("a thread-local that a task sets is its own, and survives its waits")
    void threadLocals() {
        ThreadLocal<String> local = ThreadLocal.withInitial(() -> "unset");
        loops.run(() -> {
            Task<?> other = Async.createTask(() -> {
                assertThat(local.get()).isEqualTo("unset");
                local.set("of the other");
                Async.yieldNow();
                assertThat(local.get()).isEqualTo("of the other");
            });
            local.set("mine");
            other.await();
            assertThat(local.get()).isEqualTo("mine");
        });
    }

    @Test
    @DisplayName(
            "a ScopedValue stays bound across a task's waits, and is not bound in the tasks, callbacks and workers it asks for")
    void scopedValues() {
        Object value = ScopedValues.make();
        List<Object> seen = new ArrayList<>();
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            ScopedValues.bind(value, "bound", () -> {
                loop.createTask(() -> {
                            seen.add(ScopedValues.get(value));
                        })
                        .await();
                loop.createTask(TaskOptions.DEFAULT.withEagerStart(true), () -> {
                            seen.add(ScopedValues.get(value));
                        })
                        .await();
                loop.callSoon(() -> seen.add(ScopedValues.get(value)));
                Async.yieldNow();
                Async.toThread(() -> {
                    seen.add(ScopedValues.get(value));
                });
                assertThat(ScopedValues.get(value)).isEqualTo("bound");
            });
        });
        assertThat(seen).containsExactly("not bound", "not bound", "not bound", "not bound");
    }

    /** By reflection: the type is final in JDK 25, and was in preview before. */
    private static final class ScopedValues {
        private ScopedValues() {}

        private static Class<?> type() {
            try {
                return Class.forName("java.lang.ScopedValue");
            } catch (ClassNotFoundException e) {
                throw new AssertionError(e);
            }
        }

        static Object make() {
            try {
                return type().getMethod("newInstance").invoke(null);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }

        static Object get(Object value) {
            try {
                return type().getMethod("get").invoke(value);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof NoSuchElementException) {
                    return "not bound";
                }
                throw new AssertionError(e);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }

        /** Through the carrier's own type, whose method for running has changed less than the others. */
        static void bind(Object value, Object bound, Runnable body) {
            try {
                Object carrier = type().getMethod("where", type(), Object.class).invoke(null, value, bound);
                Method run = Class.forName("java.lang.ScopedValue$Carrier").getMethod("run", Runnable.class);
                run.invoke(carrier, body);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }
    }
}
