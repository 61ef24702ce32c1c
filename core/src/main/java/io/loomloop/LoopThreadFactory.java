package io.loomloop;

import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Makes virtual threads that run on a loop: what {@link EventLoop#threadFactory} returns. */
final class LoopThreadFactory implements ThreadFactory {
    private final EventLoop loop;
    private final @Nullable String name;
    private final boolean inherits;
    private final AtomicLong made = new AtomicLong();

    LoopThreadFactory(EventLoop loop, @Nullable String name, boolean inherits) {
        this.loop = loop;
        this.name = name;
        this.inherits = inherits;
    }

    /** Refuses rather than returning null, as it might: few of those who use factories look. */
    @Override
    public Thread newThread(Runnable work) {
        Objects.requireNonNull(work, "work");
        // while it closes from the loop alone: others might start more than can run, and so keep it from closing
        if (loop.isClosed() || (loop.isClosing() && !loop.isCurrent())) {
            throw new RejectedExecutionException("the event loop is closed, or is being closed: " + loop);
        }
        String threadName = name == null ? "" : name + "-" + made.incrementAndGet();
        return new FactoryThread(loop.thread(), threadName, inherits, work).thread();
    }

    @Override
    public String toString() {
        return "LoopThreadFactory[" + (name == null ? "" : name + ", ") + "loop=" + loop.name() + "]";
    }
}
