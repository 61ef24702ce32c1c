package io.loomloop;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * Several event loops, each on its own thread, for a program that wants more than one processor. They run until the group is closed.
 * asyncio has no counterpart; there it takes several processes.
 *
 * <p>A task stays on the loop that it was made for, and shares data without locks with the tasks of that loop alone. So the group
 * starts nothing by itself: it says which loop to give work to.
 *
 * <pre>{@code
 * try (LoopGroup group = LoopGroup.start(4)) {
 *     Task<Report> any = group.next().createTask(() -> report());
 *     Task<?> mine = group.forKey(customer).createTask(() -> book(customer));
 * }
 * }</pre>
 *
 * <p>A loop of the group may be closed by itself; {@link #next} and {@link #leastLoaded} leave it out from then on. All methods may be
 * called from any thread.
 */
public final class LoopGroup implements AutoCloseable, Iterable<EventLoop> {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final List<EventLoop> loops;
    // both any thread, atomic: where the next search begins
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger leastLoadedTurn = new AtomicInteger();

    LoopGroup(List<EventLoop> loops) {
        this.loops = List.copyOf(loops);
    }

    // ---- making

    /** Starts as many loops as there are processors. */
    public static LoopGroup start() {
        return start(Runtime.getRuntime().availableProcessors());
    }

    /**
     * Starts loops that are called {@code group-N-1}, {@code group-N-2} and so on.
     *
     * @throws IllegalArgumentException when not at least one
     */
    public static LoopGroup start(int loops) {
        return start(loops, UnaryOperator.identity());
    }

    /** As {@link #start(int)}, with loops that are called {@code name-1}, {@code name-2} and so on. */
    public static LoopGroup start(String name, int loops) {
        return start(name, loops, UnaryOperator.identity());
    }

    /**
     * As {@link #start(int)}, with settings.
     *
     * @param settings called for each loop, in the order of their numbers, with a builder that has the name; a driver serves one loop,
     *     so it has to make one each time: {@code builder -> builder.driver(new SelectorDriver())}
     */
    public static LoopGroup start(int loops, UnaryOperator<EventLoop.Builder> settings) {
        return start("group-" + NUMBERS.incrementAndGet(), loops, settings);
    }

    /**
     * As {@link #start(int, UnaryOperator)}, with loops that are called {@code name-1}, {@code name-2} and so on. When one cannot be
     * started, those that were are closed.
     *
     * @throws IllegalArgumentException when {@code loops} is not at least one
     */
    public static LoopGroup start(String name, int loops, UnaryOperator<EventLoop.Builder> settings) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(settings, "settings");
        if (loops <= 0) {
            throw new IllegalArgumentException("a group has at least one loop: " + loops);
        }
        List<EventLoop> started = new ArrayList<>();
        try {
            for (int number = 1; number <= loops; number++) {
                EventLoop.Builder builder = settings.apply(EventLoop.builder().name(name + "-" + number));
                started.add(Objects.requireNonNull(builder, "the settings returned no builder")
                        .start());
            }
        } catch (Throwable failure) {
            closeAfter(failure, started);
            throw failure;
        }
        return new LoopGroup(started);
    }

    private static void closeAfter(Throwable failure, List<EventLoop> started) {
        try {
            close(started);
        } catch (Throwable another) {
            failure.addSuppressed(another);
        }
    }

    // ---- choosing

    /**
     * The loops in turn: the first, the second and so on, then the first again.
     *
     * @throws LoopClosedException when all are closed
     */
    public EventLoop next() {
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = loops.get(turnOf(turn)); // a closed one uses its turn up, or the next would get two shares
            if (!loop.isClosed()) {
                return loop;
            }
        }
        for (EventLoop loop : loops) { // others have used up the turns of those that are open
            if (!loop.isClosed()) {
                return loop;
            }
        }
        throw closedException();
    }

    private int turnOf(AtomicInteger which) {
        return which.getAndUpdate(before -> (before + 1) % loops.size());
    }

    /**
     * The loop of a key: the same for keys that are equal, in any group of as many loops. What is only ever used on the loop of its
     * key needs no locks. The loop may be closed.
     *
     * @param key with a {@code hashCode} that fits its {@code equals}; different keys are spread over the loops, even if their
     *     hash codes are not spread well
     */
    public EventLoop forKey(Object key) {
        int hash = mixed(Objects.requireNonNull(key, "key").hashCode());
        return loops.get((int) ((Integer.toUnsignedLong(hash) * loops.size()) >>> Integer.SIZE));
    }

    /** Has each bit depend on all, as MurmurHash3 does at its end. */
    private static int mixed(int hash) {
        int h = hash;
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }

    /**
     * The loop with the fewest tasks that are not done, see {@link LoopStatistics#tasksAlive}; of those with equally many, each in turn.
     *
     * @throws LoopClosedException when all are closed
     */
    public EventLoop leastLoaded() {
        int from = turnOf(leastLoadedTurn);
        EventLoop least = null;
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = loops.get((from + i) % loops.size());
            int tasks = loop.taskCount();
            if (!loop.isClosed() && (least == null || tasks < fewest)) {
                least = loop;
                fewest = tasks;
            }
        }
        if (least == null) {
            throw closedException();
        }
        return least;
    }

    private LoopClosedException closedException() {
        return new LoopClosedException("all loops of the group are closed: " + this);
    }

    // ---- asking

    /** The loops, in the order of their numbers. */
    public List<EventLoop> loops() {
        return loops;
    }

    /** How many loops there are, closed ones included. */
    public int size() {
        return loops.size();
    }

    /** Goes through {@link #loops}. */
    @Override
    public Iterator<EventLoop> iterator() {
        return loops.iterator();
    }

    /** The counts of all loops, added up. */
    public LoopStatistics statistics() {
        return loops.stream()
                .map(EventLoop::statistics)
                .reduce(LoopStatistics::plus)
                .orElseThrow();
    }

    /** True when the caller is a task, a callback or another thread of one of the loops. */
    public boolean isCurrent() {
        return loops.stream().anyMatch(EventLoop::isCurrent);
    }

    /** True when all loops have been closed. */
    public boolean isClosed() {
        return loops.stream().allMatch(EventLoop::isClosed);
    }

    // ---- the end

    /**
     * Closes all loops, at the same time, see {@link EventLoop#close}, and returns when all are closed. Does nothing the second time. When
     * some cannot be closed, the others are; the failure of the first is thrown and has those of the others suppressed.
     *
     * @throws IllegalStateException when called on one of the loops, or by an exception handler that a loop calls while it closes
     */
    @Override
    public void close() {
        if (isCurrent()) {
            throw new IllegalStateException(
                    "a group of loops cannot be closed from inside one of them: close it from the thread that made it");
        }
        if (loops.stream().anyMatch(EventLoop::isClosingHere)) {
            throw new IllegalStateException("this thread is closing a loop of the group already: " + this);
        }
        close(loops);
    }

    /** At the same time, because a task that ends may wait for one of another loop, which had better been cancelled as well. */
    private static void close(List<EventLoop> loops) {
        List<FutureTask<?>> closings = new ArrayList<>();
        for (EventLoop loop : loops) {
            closings.add(new FutureTask<>(loop::close, null));
        }
        try {
            for (int i = 1; i < closings.size(); i++) {
                Thread.ofPlatform()
                        .daemon()
                        .inheritInheritableThreadLocals(false)
                        .name(loops.get(i).name() + "-close")
                        .start(closings.get(i));
            }
        } finally {
            closings.forEach(
                    FutureTask::run); // the first one, and any that got no thread; the others are running already
            throwFirst(closings);
        }
    }

    private static void throwFirst(List<FutureTask<?>> closings) {
        Throwable first = null;
        boolean interrupted = false;
        for (FutureTask<?> closing : closings) {
            for (boolean over = false; !over; ) {
                try {
                    closing.get();
                    over = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    over = true;
                    if (first == null) {
                        first = e.getCause();
                    } else {
                        first.addSuppressed(e.getCause());
                    }
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (first instanceof Error error) {
            throw error;
        } else if (first instanceof RuntimeException failure) {
            throw failure;
        }
    }

    @Override
    public String toString() {
        List<String> names = loops.stream().map(EventLoop::name).toList();
        return "LoopGroup[" + names + (isClosed() ? ", closed]" : "]");
    }
}
