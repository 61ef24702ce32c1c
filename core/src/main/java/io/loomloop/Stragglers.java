package io.loomloop;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs what wakes up after its loop has closed: threads that user code started inside tasks, tasks that would not end.
 *
 * <p>Their schedulers must go on taking continuations for ever. An exception there would end JDK threads that serve the whole
 * JVM, the socket pollers for one, and a refused continuation would never run again.
 */
final class Stragglers {
    private static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            100,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            body -> Thread.ofPlatform().daemon().name("loomloop-straggler").unstarted(body));

    private Stragglers() {}

    static void execute(Runnable continuation) {
        POOL.execute(continuation);
    }
}
