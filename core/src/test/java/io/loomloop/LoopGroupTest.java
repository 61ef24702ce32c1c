package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.spi.LoopDriver;
import io.loomloop.testing.LoopOracle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several loops: which one is chosen, and how all end. */
@Timeout(30)
class LoopGroupTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final List<LoopGroup> made = new ArrayList<>();

    private LoopGroup keep(LoopGroup group) {
        made.add(group);
        return group;
    }

    /** Loops of real time. */
    private LoopGroup start(int loops) {
        return keep(LoopGroup.start(loops));
    }

    /** Loops of virtual time. */
    private LoopGroup startVirtual(int loops) {
        return keep(LoopGroup.start(loops, builder -> builder.driver(new ShiftedDriver(0))));
    }

    @AfterEach
    void nothingIsLeft() {
        for (LoopGroup group : made) {
            group.close();
            group.forEach(LoopOracle::assertNothingLeft);
        }
    }

    // ---- making

    @Test
    @DisplayName("each loop runs on a thread of its own, named after the group")
    void threads() {
        LoopGroup group = keep(LoopGroup.start("web", 3));
        assertThat(group.loops()).extracting(EventLoop::name).containsExactly("web-1", "web-2", "web-3");
        CyclicBarrier together = new CyclicBarrier(3);
        List<Task<String>> tasks = group.loops().stream()
                .map(loop -> loop.createTask(() -> {
                    loop.runInExecutor(() -> together.await()).await(); // nobody gets past this alone
                    assertThat(EventLoop.current()).isSameAs(loop);
                    return EventLoop.current().name();
                }))
                .toList();
        assertThat(tasks).extracting(LoopFuture::await).containsExactly("web-1", "web-2", "web-3");
        assertThat(group).hasToString("LoopGroup[[web-1, web-2, web-3]]").hasSize(3);
        assertThat(group.size()).isEqualTo(3);
    }

    @Test
    @DisplayName("loops run at the same time: one that is held does not keep the others")
    void parallel() {
        LoopGroup group = keep(LoopGroup.start(2, builder -> builder.slowStepThreshold(Duration.ZERO)));
        AtomicInteger spins = new AtomicInteger();
        FutureTask<String> answer = new FutureTask<>(() -> "answered");
        Task<?> holder = group.next().createTask(() -> {
            while (!answer.isDone()) { // holds its loop until the other one has run
                spins.incrementAndGet();
                Thread.onSpinWait();
            }
        });
        group.next().createTask(answer::run).await();
        holder.await();
        assertThat(holder.isDone()).isTrue();
    }

    @Test
    @DisplayName("without a number there is one for each processor, and groups without a name have different ones")
    void defaults() {
        LoopGroup one = keep(LoopGroup.start());
        LoopGroup other = start(1);
        assertThat(one.size()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(one.loops().get(0).name())
                .matches("group-\\d+-1")
                .isNotEqualTo(other.loops().get(0).name());
    }

    @Test
    @DisplayName("the settings are asked for each loop: a driver, a handler, another name")
    void settings() {
        List<LoopDriver> drivers = new ArrayList<>();
        Map<EventLoop, Throwable> failures = new ConcurrentHashMap<>();
        LoopGroup group = keep(LoopGroup.start("g", 2, builder -> {
            LoopDriver driver = new ShiftedDriver(drivers.size() * 1000L);
            drivers.add(driver);
            return builder.driver(driver).exceptionHandler((loop, context) -> failures.put(loop, context.exception()));
        }));
        assertThat(group.loops()).extracting(EventLoop::driver).containsExactlyElementsOf(drivers);
        IllegalArgumentException failure = new IllegalArgumentException();
        group.forEach(loop -> {
            loop.callSoon(() -> {
                throw failure;
            });
            loop.createTask(() -> Async.sleep(LONG)).await();
        });
        assertThat(failures).containsOnlyKeys(group.loops()).containsValue(failure);
        assertThat(keep(LoopGroup.start(1, builder -> builder.name("mine")))
                        .next()
                        .name())
                .isEqualTo("mine");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    @DisplayName("a group of no loops is refused, and the number is named")
    void noLoops(int loops) {
        assertThatThrownBy(() -> LoopGroup.start(loops))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + loops);
    }

    @Test
    @DisplayName("when a loop cannot be started, those that were are closed")
    void halfStarted() {
        ShiftedDriver shared = new ShiftedDriver(0);
        assertThatThrownBy(() -> LoopGroup.start(2, builder -> builder.driver(shared)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a driver serves one loop");
        assertThat(shared.isClosed()).isTrue();

        IllegalArgumentException failure = new IllegalArgumentException();
        List<ShiftedDriver> drivers = new ArrayList<>();
        assertThatThrownBy(() -> LoopGroup.start(4, builder -> {
                    if (drivers.size() == 3) {
                        throw failure;
                    }
                    drivers.add(new ShiftedDriver(0));
                    return builder.driver(drivers.get(drivers.size() - 1));
                }))
                .isSameAs(failure);
        assertThat(drivers).hasSize(3).allMatch(ShiftedDriver::isClosed);
        assertThatThrownBy(() -> LoopGroup.start(1, builder -> null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("no builder");
    }

    // ---- choosing

    @Test
    @DisplayName("next takes them in turn, whoever asks")
    void inTurn() throws Exception {
        LoopGroup group = startVirtual(3);
        List<EventLoop> loops = group.loops();
        assertThat(List.of(group.next(), group.next(), group.next(), group.next()))
                .containsExactly(loops.get(0), loops.get(1), loops.get(2), loops.get(0));
        Map<EventLoop, AtomicInteger> counts = new ConcurrentHashMap<>();
        List<Thread> askers = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            askers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 3000; i++) {
                    counts.computeIfAbsent(group.next(), loop -> new AtomicInteger())
                            .incrementAndGet();
                }
            }));
        }
        for (Thread asker : askers) {
            asker.join();
        }
        assertThat(loops).allSatisfy(loop -> assertThat(counts.get(loop)).hasValue(4000));
    }

    @Test
    @DisplayName("forKey has one loop for equal keys, in every group of that size")
    void byKey() {
        LoopGroup group = startVirtual(3);
        LoopGroup same = startVirtual(3);
        for (int i = 0; i < 1000; i++) {
            String key = "customer " + i;
            EventLoop loop = group.forKey(key);
            assertThat(group.forKey(new String(key.toCharArray()))).isSameAs(loop);
            assertThat(same.loops().indexOf(same.forKey(key)))
                    .isEqualTo(group.loops().indexOf(loop));
        }
        assertThat(List.of("a", "b", "c", "d", "e", "f", "g", "h")) // pinned: other versions must agree
                .extracting(key -> group.loops().indexOf(group.forKey(key)))
                .containsExactly(2, 0, 1, 2, 1, 1, 0, 2);
    }

    @Test
    @DisplayName("forKey spreads numbers, multiples, powers of two and names over the loops")
    void keysAreSpread() {
        for (int size : new int[] {2, 3, 4, 7}) {
            LoopGroup group = startVirtual(size);
            List<Function<Integer, Object>> kinds = List.of(
                    i -> i, i -> i * size, i -> i << 16, i -> -i, i -> (long) i << 20, i -> "user-" + i, i -> i * 1024);
            for (Function<Integer, Object> kind : kinds) {
                Map<EventLoop, Integer> counts = new HashMap<>();
                for (int i = 0; i < 4096; i++) {
                    counts.merge(group.forKey(kind.apply(i)), 1, Integer::sum);
                }
                double fair = 4096.0 / size;
                assertThat(counts)
                        .hasSize(size)
                        .allSatisfy((loop, count) -> assertThat((double) count).isBetween(fair * 0.8, fair * 1.2));
            }
        }
    }

    @Test
    @DisplayName("leastLoaded is the loop with the fewest tasks, those included that have not begun")
    void leastLoaded() {
        LoopGroup group = start(3);
        List<EventLoop> loops = group.loops();
        int[] tasks = {2, 1, 3};
        for (int i = 0; i < 3; i++) {
            for (int t = 0; t < tasks[i]; t++) {
                var unused = loops.get(i).createTask(() -> Async.sleep(LONG));
            }
        }
        for (int i = 0; i < 4; i++) {
            assertThat(group.leastLoaded()).isSameAs(loops.get(1));
        }
        var unused = loops.get(1).createTask(() -> Async.sleep(LONG));
        assertThat(Stream.generate(group::leastLoaded).limit(3).distinct())
                .containsExactlyInAnyOrder(loops.get(0), loops.get(1));
    }

    @Test
    @DisplayName("leastLoaded spreads a burst evenly, and equal loads in turn")
    void burst() {
        LoopGroup group = start(3);
        assertThat(List.of(group.leastLoaded(), group.leastLoaded(), group.leastLoaded()))
                .containsExactlyElementsOf(group.loops());
        for (int i = 0; i < 30; i++) {
            var unused = group.leastLoaded().createTask(() -> Async.sleep(LONG));
        }
        assertThat(group.loops()).allMatch(loop -> loop.tasks().size() == 10);
    }

    @Test
    @DisplayName("a loop that was closed by itself is left out, but keys keep theirs")
    void oneClosed() {
        LoopGroup group = startVirtual(3);
        List<EventLoop> loops = group.loops();
        String key = "a";
        while (group.forKey(key) != loops.get(1)) {
            key += "a";
        }
        loops.get(1).close();
        assertThat(group.isClosed()).isFalse();
        for (int i = 0; i < 9; i++) {
            assertThat(group.next()).as("each in turn").isSameAs(loops.get(i % 2 == 0 ? 0 : 2));
            assertThat(group.leastLoaded()).isNotSameAs(loops.get(1));
        }
        EventLoop closed = group.forKey(key);
        assertThat(closed).isSameAs(loops.get(1));
        assertThatThrownBy(() -> closed.createTask(() -> {})).isInstanceOf(LoopClosedException.class);
        assertThat(group.size()).isEqualTo(3);
    }

    @Test
    @DisplayName("the statistics are the sums")
    void statistics() {
        LoopGroup group = start(2);
        for (int i = 0; i < 6; i++) {
            group.next().createTask(() -> {}).await();
        }
        var unused = group.next().createTask(() -> Async.sleep(LONG));
        Loops.Waiting.until("one sleeps", () -> group.statistics().timers() == 1);
        LoopStatistics sum = group.statistics();
        assertThat(sum.tasksStarted()).isEqualTo(7);
        assertThat(sum.tasksAlive()).isEqualTo(1);
        assertThat(new LoopStatistics(1, 2, 3, 4, 5, 6, 7, 8).plus(new LoopStatistics(10, 20, 30, 40, 50, 60, 70, 80)))
                .isEqualTo(new LoopStatistics(11, 22, 33, 44, 55, 66, 77, 88));
    }

    @Test
    @DisplayName("loops() and the iterator are the loops in order, and cannot be changed")
    void iteration() {
        LoopGroup group = startVirtual(2);
        List<EventLoop> seen = new ArrayList<>();
        for (EventLoop loop : group) {
            seen.add(loop);
        }
        assertThat(seen).containsExactlyElementsOf(group.loops());
        assertThatThrownBy(() -> group.loops().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    // ---- the end

    @Test
    @DisplayName("close cancels the tasks of all loops, waits for them, and does nothing the second time")
    void close() {
        LoopGroup group = startVirtual(3);
        List<Task<?>> tasks = new ArrayList<>();
        AtomicInteger cleaned = new AtomicInteger();
        for (EventLoop loop : group) {
            CountDownLatch begun = new CountDownLatch(1);
            tasks.add(loop.createTask(() -> {
                try {
                    begun.countDown();
                    new CountDownLatch(1).await();
                } finally {
                    Async.sleep(LONG);
                    cleaned.incrementAndGet();
                }
            }));
            Loops.Waiting.until("it has begun", () -> begun.getCount() == 0);
        }
        group.close();
        group.close();
        assertThat(cleaned).hasValue(3);
        assertThat(tasks).allMatch(LoopFuture::isCancelled);
        assertThat(group.isClosed()).isTrue();
        assertThat(group.loops()).allMatch(EventLoop::isClosed);
        assertThat(group.toString()).endsWith(", closed]");
        for (Throwable refusal : Arrays.asList(catchThrowable(group::next), catchThrowable(group::leastLoaded))) {
            assertThat(refusal).isInstanceOf(LoopClosedException.class).hasMessageContaining("closed");
        }
        assertThat(group.forKey("a").isClosed()).isTrue();
    }

    @Test
    @DisplayName("close cancels all loops at once: tasks that wait for each other across loops all end")
    void closeTogether() {
        LoopGroup group = start(3);
        List<Task<?>> tasks = new ArrayList<>();
        List<EventLoop> loops = group.loops();
        CountDownLatch cancelled = new CountDownLatch(3);
        for (EventLoop loop : loops) {
            LoopFuture<?> forEver = loop.createFuture();
            tasks.add(loop.createTask(() -> {
                try {
                    forEver.await();
                } finally {
                    cancelled.countDown(); // in order the first would wait for a task that nobody has cancelled yet
                    assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
                }
            }));
        }
        tasks.forEach(task -> Loops.Waiting.until(
                "it waits", () -> Arrays.toString(task.stack()).contains("Parking.park")));
        group.close();
        assertThat(tasks).allMatch(LoopFuture::isCancelled);
    }

    @Test
    @DisplayName("close from inside one of the loops fails at once, and closes none")
    void closeFromInside() {
        LoopGroup group = startVirtual(2);
        for (EventLoop loop : group) {
            assertThatThrownBy(loop.createTask(group::close)::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("from inside");
            LoopFuture<Throwable> inCallback = loop.createFuture();
            loop.callSoon(() -> inCallback.setResult(catchThrowable(group::close)));
            assertThat(inCallback.await()).isInstanceOf(IllegalStateException.class);
            assertThat(loop.createTask(group::isCurrent).await()).isTrue();
        }
        assertThat(group.isCurrent()).isFalse();
        assertThat(group.loops()).noneMatch(EventLoop::isClosed);
    }

    @Test
    @DisplayName("close may be called by a task of another loop, which runs others meanwhile")
    void closeByAnotherLoop() {
        LoopGroup group = start(2);
        CountDownLatch go = new CountDownLatch(1);
        EventLoop.run(() -> {
            for (EventLoop loop : group) {
                var unused = loop.createTask(() -> {
                    try {
                        Async.sleep(LONG);
                    } finally {
                        go.await();
                    }
                });
                loop.createTask(() -> {}).await();
            }
            Task<?> closing = Async.createTask(group::close);
            Async.yieldNow();
            go.countDown();
            closing.await();
        });
        assertThat(group.isClosed()).isTrue();
    }

    @Test
    @DisplayName(
            "several threads may close at once, with work coming in: all return when all is closed, and refusals say so")
    void closeRace() throws Exception {
        for (int round = 0; round < 20; round++) {
            LoopGroup group = start(3);
            AtomicInteger accepted = new AtomicInteger();
            List<Task<?>> tasks = new ArrayList<>();
            Thread submitter = Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        tasks.add(group.next().createTask(() -> Async.sleep(LONG)));
                        accepted.incrementAndGet();
                        group.next().createTask(() -> {}).await(); // no more than the loops can take
                    }
                } catch (LoopClosedException | CancelledException e) {
                    // as it should be
                }
            });
            Loops.Waiting.until("work comes in", () -> accepted.get() > 10);
            List<FutureTask<Boolean>> closers = new ArrayList<>();
            for (int c = 0; c < 3; c++) {
                FutureTask<Boolean> closer = new FutureTask<>(() -> {
                    group.close();
                    return group.isClosed();
                });
                closers.add(closer);
                Thread.ofPlatform().start(closer);
            }
            for (FutureTask<Boolean> closer : closers) {
                assertThat(closer.get()).isTrue();
            }
            submitter.join();
            assertThat(tasks).hasSize(accepted.get()).allMatch(LoopFuture::isDone);
        }
    }

    @Test
    @DisplayName("close cannot be interrupted: it ends its work, and the flag stays set")
    void interrupted() {
        LoopGroup group = start(2);
        Thread.currentThread().interrupt();
        group.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(group.isClosed()).isTrue();
    }

    @Test
    @DisplayName("an exception handler that closes the group while it closes is told, and nothing hangs")
    void closeFromHandler() {
        List<Throwable> refusals = new ArrayList<>();
        List<LoopGroup> known = new ArrayList<>();
        LoopGroup group = keep(LoopGroup.start(
                2,
                builder -> builder.exceptionHandler((loop, context) ->
                        refusals.add(catchThrowable(() -> known.get(0).close())))));
        known.add(group);
        group.loops().get(1).service(Failing.class, loop -> new Failing());
        group.close();
        assertThat(refusals).singleElement().isInstanceOf(IllegalStateException.class);
    }

    private static final class Failing implements io.loomloop.spi.LoopService {
        @Override
        public void close() {
            throw new IllegalArgumentException("cannot end");
        }
    }
}
