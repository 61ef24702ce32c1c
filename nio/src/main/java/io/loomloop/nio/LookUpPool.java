package io.loomloop.nio;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that look up names, for all loops. There are several, because one name server that does not answer must not hold up the
 * look-ups of others; and no more than several, and a queue that is bounded, because a look-up that hangs cannot be stopped.
 */
final class LookUpPool {
    static final int THREADS = 16;
    static final int QUEUE = 1000;

    /** Refuses with {@link RejectedExecutionException} when too many look-ups wait. */
    static final Executor EXECUTOR = make();

    private LookUpPool() {}

    private static Executor make() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE),
                body -> {
                    Thread thread = Thread.ofPlatform()
                            .daemon()
                            .inheritInheritableThreadLocals(false)
                            .name("loomloop-resolver-" + number.incrementAndGet())
                            .unstarted(body);
                    thread.setContextClassLoader(ClassLoader.getSystemClassLoader()); // not the first asker's
                    return thread;
                },
                (work, full) -> {
                    full.purge(); // look-ups that nobody waits for any more
                    if (!full.getQueue().offer(work)) {
                        throw new RejectedExecutionException("too many look-ups");
                    }
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
