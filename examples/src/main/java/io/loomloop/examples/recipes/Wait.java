package io.loomloop.examples.recipes;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How code that knows nothing of loops blocks for {@link #MILLIS}. */
enum Wait {
    /** In {@code Thread.sleep}. */
    SLEEP,
    /** For a condition of a lock that all requests share. */
    LOCK;

    static final int MILLIS = 50;
    private static final ReentrantLock SHARED = new ReentrantLock();
    private static final Condition NEVER = SHARED.newCondition();

    void block() throws InterruptedException {
        switch (this) {
            case SLEEP -> Thread.sleep(MILLIS);
            case LOCK -> awaitCondition();
        }
    }

    private static void awaitCondition() throws InterruptedException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(MILLIS);
        SHARED.lock();
        try {
            while (nanos > 0) {
                nanos = NEVER.awaitNanos(nanos);
            }
        } finally {
            SHARED.unlock();
        }
    }
}
