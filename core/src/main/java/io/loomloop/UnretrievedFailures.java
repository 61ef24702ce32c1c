package io.loomloop;

import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The failures of one loop that nobody has looked at, so that none is silent: asyncio's "exception was never retrieved". Each is
 * reported when its future is garbage, or when the loop closes, whichever comes first. Any thread.
 */
final class UnretrievedFailures {
    private static final Cleaner CLEANER = Cleaner.create(
            body -> Thread.ofPlatform().daemon().name("loomloop-cleaner").unstarted(body));

    /**
     * A failure to report.
     *
     * @param context what its task ran in, see {@link ContextHolder}
     * @param createdAt where the future was made, in debug mode
     */
    private record Entry(
            String label, @Nullable Object context, LoopFuture.Failure failure, List<StackTraceElement> createdAt) {}

    private final EventLoop loop;
    // any thread; whoever removes an entry reports it
    private final Set<Entry> entries = ConcurrentHashMap.newKeySet();

    UnretrievedFailures(EventLoop loop) {
        this.loop = loop;
    }

    void watch(LoopFuture<?> future, LoopFuture.Failure failure) {
        Object context = future instanceof TaskThread<?> task ? task.heldContext() : null;
        Entry entry =
                new Entry(future.label(), context, failure, loop.debugMode().placeOf(future));
        entries.add(entry);
        CLEANER.register(future, () -> {
            if (entries.remove(entry) && !failure.retrieved) {
                reportOnLoop(entry);
            }
        });
    }

    /** Called on the loop, as the last thing it does for its users. */
    void reportAll() {
        for (Entry entry : List.copyOf(entries)) {
            if (entries.remove(entry) && !entry.failure.retrieved) {
                report(entry, "not retrieved before its loop closed");
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

    /** For the cleaner, whom a handler must not keep from its work: on the loop if that runs, in a thread of its own otherwise. */
    private void reportOnLoop(Entry entry) {
        Runnable report = () -> report(entry, "never retrieved");
        if (!loop.isRunning() || !loop.thread().schedule(new Handle(loop, report, false))) {
            Thread.ofVirtual().name("loomloop-report").start(report);
        }
    }
}
