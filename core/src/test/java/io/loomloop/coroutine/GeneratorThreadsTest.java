package io.loomloop.coroutine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.CancelledException;
import io.loomloop.Pinned;
import io.loomloop.PinnedException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What generators do with what belongs to a thread: itself, its locks and monitors, its scoped values. */
class GeneratorThreadsTest {
    private static final boolean MONITORS_PIN = Runtime.version().feature() < 24;

    private static Generator<Integer> numbers() {
        return Generator.of(out -> {
            for (int i = 0; ; i++) {
                out.yield(i);
            }
        });
    }

    /** Runs on a new thread, and returns what that threw, or null. */
    private static Throwable on(boolean virtual, Runnable work) throws Exception {
        FutureTask<Throwable> task = new FutureTask<>(() -> catchThrowable(work::run));
        Thread.Builder builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
        builder.start(task);
        return task.get();
    }

    // ---- threads

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("another thread than the first that drove it is refused, until the generator has ended")
    void confinement(boolean virtual) throws Exception {
        Generator<Integer> numbers = numbers();
        numbers.next();
        for (Runnable misuse : List.<Runnable>of(
                numbers::next, numbers::hasNext, numbers::close, () -> numbers.throwInto(new Error()))) {
            assertThat(on(virtual, misuse))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("belongs to the thread that drove it first");
        }
        assertThat(numbers.next()).isEqualTo(1);
        numbers.close();
        assertThat(on(virtual, () -> assertThat(numbers.hasNext()).isFalse())).isNull();
    }

    @Test
    @DisplayName("a generator may be made on one thread and driven on another")
    void madeElsewhere() throws Exception {
        Generator<Integer> numbers = numbers();
        assertThat(on(false, () -> assertThat(numbers.next()).isZero())).isNull();
        assertThatIllegalStateException().isThrownBy(numbers::next);
    }

    @Test
    @DisplayName("the body runs on the thread of its driver")
    void thread() throws Exception {
        for (boolean virtual : new boolean[] {false, true}) {
            assertThat(on(virtual, () -> {
                        Generator<Thread> generator = Generator.of(out -> {
                            out.yield(Thread.currentThread());
                            Thread.yield();
                            LockSupport.parkNanos(1000);
                            out.yield(Thread.currentThread());
                        });
                        assertThat(generator.stream().toList())
                                .containsExactly(Thread.currentThread(), Thread.currentThread());
                    }))
                    .isNull();
        }
    }

    @Test
    @DisplayName("a thread cannot yield for a body that runs on another one")
    void foreignThread() throws Exception {
        Generator<Throwable> generator = Generator.of(out -> {
            Throwable failure = on(false, () -> out.yield(null));
            out.yield(failure);
        });
        assertThat(generator.next())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("only the body of this generator may yield");
    }

    @Test
    @DisplayName("an InterruptedException of the body comes out as a cancellation")
    void interrupted() {
        Generator<Integer> generator = Generator.of(out -> {
            throw new InterruptedException();
        });
        assertThatThrownBy(generator::next)
                .isInstanceOf(CancelledException.class)
                .hasCauseInstanceOf(InterruptedException.class);
    }

    @Test
    @DisplayName(
            "a generator that is left in the middle is garbage, and so is what its body holds; its finally blocks do not run")
    void garbage() {
        List<String> log = new ArrayList<>();
        List<WeakReference<Object>> references = new ArrayList<>();
        abandon(log, references);
        for (int tries = 0; tries < 1000 && !isCleared(references); tries++) {
            System.gc();
            LockSupport.parkNanos(1_000_000); // reason: the collector has no other clock
        }
        assertThat(references).hasSize(2).allMatch(reference -> reference.refersTo(null));
        assertThat(log).isEmpty();
    }

    private static void abandon(List<String> log, List<WeakReference<Object>> references) {
        Generator<Integer> generator = Generator.of(out -> {
            byte[] local = new byte[1000];
            references.add(new WeakReference<>(local));
            try {
                out.yield(1);
                out.yield(local.length);
            } finally {
                log.add("finally");
            }
        });
        references.add(new WeakReference<>(generator));
        generator.next();
    }

    private static boolean isCleared(List<WeakReference<Object>> references) {
        return references.stream().allMatch(reference -> reference.refersTo(null));
    }

    // ---- locks and monitors

    @Test
    @DisplayName("a lock that the body holds at a yield stays with the thread")
    void lockAcrossYield() {
        ReentrantLock lock = new ReentrantLock();
        Generator<Integer> generator = Generator.of(out -> {
            lock.lock();
            try {
                out.yield(1);
            } finally {
                lock.unlock();
            }
        });
        generator.next();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        generator.close();
        assertThat(lock.isLocked()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("the driver keeps the monitors it holds, however many, whether the body yields, ends or waits")
    void monitorsOfTheDriver(boolean virtual) throws Exception {
        assertThat(on(virtual, () -> {
                    for (int distinct : new int[] {1, 3, 8, 12}) {
                        for (int depth = 1; depth < 14; depth++) {
                            Object[] monitors = new Object[distinct];
                            Arrays.setAll(monitors, i -> new Object());
                            Generator<Integer> generator = Generator.of(out -> {
                                for (int i = 0; ; i++) {
                                    out.yield(i);
                                    Thread.yield();
                                }
                            });
                            driveInside(monitors, 0, depth, generator);
                            driveInside(monitors, 0, depth, generator);
                            assertThat(monitors).noneMatch(Thread::holdsLock);
                            generator.close();
                        }
                    }
                }))
                .isNull();
    }

    private static void driveInside(Object[] monitors, int depth, int end, Generator<?> generator) {
        if (depth == end) {
            generator.next();
            return;
        }
        synchronized (monitors[depth % monitors.length]) {
            driveInside(monitors, depth + 1, end, generator);
            generator.next();
            for (int i = 0; i <= depth; i++) {
                if (!Thread.holdsLock(monitors[i % monitors.length])) {
                    throw new AssertionError("lost monitor " + i + " of " + depth);
                }
            }
        }
    }

    @Test
    @DisplayName(
            "a monitor that the body holds at a yield: refused on JDK 21 to 23, and the driver may enter it too from 24 on")
    void monitorAcrossYield() throws Exception {
        Object monitor = new Object();
        Generator<Integer> generator = Generator.of(out -> {
            synchronized (monitor) {
                out.yield(1);
                out.yield(2);
            }
        });
        if (MONITORS_PIN) {
            assertThatThrownBy(generator::next)
                    .isInstanceOf(PinnedException.class)
                    .hasMessageContaining("synchronized")
                    .hasMessageContaining("21 to 23");
        } else {
            generator.next();
            assertThat(Thread.holdsLock(monitor)).isTrue();
            synchronized (monitor) {
                generator.next();
            }
            assertThat(Thread.holdsLock(monitor)).isTrue();
            generator.close();
        }
        assertThat(Thread.holdsLock(monitor)).isFalse();
        assertThat(on(false, () -> {
                    synchronized (monitor) {
                        monitor.notifyAll();
                    }
                }))
                .isNull();
    }

    @Test
    @DisplayName("a refused yield does not end the body, which may yield elsewhere")
    void pinnedAndGoesOn() {
        Generator<String> generator = Generator.of(out -> {
            try {
                Arrays.asList(2, 1).sort((a, b) -> {
                    Pinned.run(() -> out.yield("not this"));
                    return a - b;
                });
            } catch (ExceptionInInitializerError e) {
                out.yield(e.getCause().getMessage());
            }
            out.yield("went on");
        });
        assertThat(generator.next()).contains("cannot yield here").contains("static initialiser");
        assertThat(generator.next()).isEqualTo("went on");
    }

    @Test
    @DisplayName(
            "code of the JDK that parks below a static initialiser, in a generator on a virtual thread, waits all the same")
    void pinnedParkOfTheJdk() throws Exception {
        assertThat(on(true, () -> {
                    Generator<Boolean> generator = Generator.of(out -> out.yield(Pinned.call(() -> {
                        LockSupport.parkNanos(1000);
                        Thread.yield();
                        return true;
                    })));
                    assertThat(generator.next()).isTrue();
                }))
                .isNull();
    }

    // ---- scoped values

    @Test
    @DisplayName("scoped values that the body binds are its own; those of its first driver stay visible to it")
    void scopedValues() throws Exception {
        Object value = ScopedValues.make();
        List<Object> seen = new ArrayList<>();
        List<Generator<Integer>> made = new ArrayList<>();
        ScopedValues.where(value, "driver", () -> {
            Generator<Integer> generator = Generator.of(out -> {
                ScopedValues.where(value, "body", () -> {
                    out.yield(1);
                    seen.add(ScopedValues.get(value));
                    out.yield(2);
                });
                seen.add(ScopedValues.get(value));
                out.yield(3);
                seen.add(ScopedValues.get(value));
            });
            made.add(generator);
            generator.next();
            seen.add(ScopedValues.get(value));
            ScopedValues.where(value, "other", generator::next);
            seen.add(ScopedValues.get(value));
            generator.next();
        });
        assertThat(ScopedValues.get(value)).isEqualTo("");
        assertThat(made.get(0).hasNext()).isFalse();
        assertThat(ScopedValues.get(value)).isEqualTo("");
        assertThat(seen).containsExactly("driver", "body", "driver", "driver", "driver");
    }

    /** A preview in 21, whose compiler does not let us name it. */
    private static final class ScopedValues {
        static Object make() {
            try {
                return MethodHandles.publicLookup()
                        .findStatic(type(), "newInstance", MethodType.methodType(type()))
                        .invoke();
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        static void where(Object key, Object value, Runnable work) {
            try {
                Class<?> carrier = Class.forName("java.lang.ScopedValue$Carrier");
                Object bound = MethodHandles.publicLookup()
                        .findStatic(type(), "where", MethodType.methodType(carrier, type(), Object.class))
                        .invoke(key, value);
                MethodHandles.publicLookup()
                        .findVirtual(carrier, "run", MethodType.methodType(void.class, Runnable.class))
                        .invoke(bound, work);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        static Object get(Object key) {
            try {
                return MethodHandles.publicLookup()
                        .findVirtual(type(), "orElse", MethodType.methodType(Object.class, Object.class))
                        .invoke(key, (Object) "");
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        private static Class<?> type() throws ClassNotFoundException {
            return Class.forName("java.lang.ScopedValue");
        }
    }
}
