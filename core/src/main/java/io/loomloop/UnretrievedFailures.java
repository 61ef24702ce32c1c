package io.loomloop;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The failures of one loop that nobody has looked at, so that none is silent: asyncio's "exception was never retrieved". Each is
 * reported when its future is garbage, or when the loop closes, whichever comes first. Any thread.
 *
 * <p>Nothing here takes a lock, as a {@link java.lang.ref.Cleaner} and a ConcurrentHashMap do: a task that fails a future while
 * other threads do so too would wait for them, and the loop would do other things in the middle of its step.
 */
final class UnretrievedFailures {
    private static final AtomicLong NUMBERS = new AtomicLong();
    // any thread; whoever removes an entry reports it. Of all loops, for an entry outlives a loop that nobody has
    // closed
    private static final ConcurrentNavigableMap<Key, Entry> ENTRIES = new ConcurrentSkipListMap<>();
    private static final ReferenceQueue<LoopFuture<?>> GARBAGE = new ReferenceQueue<>();

    static {
        Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("loomloop-cleaner")
                .start(UnretrievedFailures::reportGarbage);
    }

    /** Keeps the failures of a loop together, oldest first. */
    private record Key(long loop, long number) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byLoop = Long.compare(loop, other.loop);
            return byLoop != 0 ? byLoop : Long.compare(number, other.number);
        }
    }

    /** A failure to report, when its future is garbage. */
    private static final class Entry extends PhantomReference<LoopFuture<?>> {
        final Key key;
        final UnretrievedFailures owner;
        final LoopFuture.Failure failure;
        final String label;
        /** What its task ran in, see {@link ContextHolder}. */
        final @Nullable Object context;
        /** Where the future was made, in debug mode. */
        final List<StackTraceElement> createdAt;

        Entry(UnretrievedFailures owner, LoopFuture<?> future, LoopFuture.Failure failure) {
            super(future, GARBAGE);
            this.key = new Key(owner.number, NUMBERS.incrementAndGet());
            this.owner = owner;
            this.failure = failure;
            this.label = future.label();
            this.context = future instanceof TaskThread<?> task ? task.heldContext() : null;
            this.createdAt = owner.loop.debugMode().placeOf(future);
        }

        /** True for one caller, if there is something to report. */
        boolean take() {
            return ENTRIES.remove(key, this) && !failure.retrieved;
        }
    }

    private final EventLoop loop;
    private final long number = NUMBERS.incrementAndGet();

    UnretrievedFailures(EventLoop loop) {
        this.loop = loop;
    }

    void watch(LoopFuture<?> future, LoopFuture.Failure failure) {
        try {
            Entry entry = new Entry(this, future, failure);
            ENTRIES.put(entry.key, entry);
        } finally {
            Reference.reachabilityFence(future); // it is not garbage before the entry is there
        }
    }

    /** Called on the loop, as the last thing it does for its users; or by the closing thread of one that never ran. */
    void reportAll() {
        Key first = new Key(number, 0);
        Key end = new Key(number + 1, 0);
        for (Entry entry : List.copyOf(ENTRIES.subMap(first, end).values())) {
            if (entry.take()) {
                report(entry, "not retrieved before its loop closed");
            }
        }
    }

    private static void reportGarbage() {
        while (true) {
            try {
                Entry entry = (Entry) GARBAGE.remove();
                if (entry.failure.retrieved) {
                    ENTRIES.remove(entry.key);
                } else {
                    entry.owner.reportOnLoop(entry);
                }
            } catch (Throwable e) {
                // an interrupt, or no memory for one report: there are others to come
            }
        }
    }

    private void report(Entry entry, String what) {
        ErrorContext context = new ErrorContext(
                entry.label + " failed and its exception was " + what,
                entry.failure.exception,
                null,
                null,
                entry.createdAt);
        loop.failures().reportIn(entry.context, context);
    }

    /** For the cleaner, whom a handler must not keep from its work: on the loop if that goes on, in a thread of its own otherwise. */
    private void reportOnLoop(Entry entry) {
        Runnable report = () -> {
            // not taken before: a loop that closes may drop this callback, and then reportAll has to find the entry
            if (entry.take()) {
                report(entry, "never retrieved");
            }
        };
        // seen not to close, it has reportAll to come
        boolean goesOn = loop.isRunning() && !loop.thread().isClosing();
        if (!goesOn || !loop.thread().schedule(new Handle(loop, report, false))) {
            Thread.ofVirtual().name("loomloop-report").start(report);
        }
    }
}
