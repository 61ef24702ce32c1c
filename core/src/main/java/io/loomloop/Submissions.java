package io.loomloop;

import io.loomloop.spi.LoopService;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * What the executors of one loop have accepted and not finished. It holds no executor that has nothing to do, so nobody need shut one
 * down; and it lets no future wait for ever for a loop that is closed. Without locks, as {@link Tasks}. Any thread.
 */
final class Submissions implements LoopService {
    private final EventLoop loop;
    // oldest first
    private final ConcurrentSkipListSet<Submission> accepted = new ConcurrentSkipListSet<>(Submission::compareAge);
    private final Queue<LoopExecutor> awaited = new ConcurrentLinkedQueue<>();
    // the closing thread sets
    private volatile boolean closed;

    Submissions(EventLoop loop) {
        this.loop = loop;
    }

    void add(Submission submission) {
        accepted.add(submission);
    }

    void remove(Submission submission) {
        accepted.remove(submission);
    }

    /** Those of one executor, oldest first. */
    List<Submission> of(LoopExecutor executor) {
        return accepted.stream()
                .filter(submission -> submission.executor == executor)
                .toList();
    }

    /** True when the loop will run nothing any more. */
    boolean isClosed() {
        return closed;
    }

    /** Waits for the end of an executor, which comes with that of the loop at the latest. */
    boolean whileAwaited(LoopExecutor executor, Termination termination) throws InterruptedException {
        awaited.add(executor);
        try {
            if (closed) {
                executor.shutdown();
            }
            return termination.await();
        } finally {
            awaited.remove(executor);
        }
    }

    /** A wait for the end of an executor. */
    @FunctionalInterface
    interface Termination {
        boolean await() throws InterruptedException;
    }

    @Override
    public void close() {
        closed = true;
        for (Submission submission : accepted) {
            submission.abandon();
        }
        awaited.forEach(LoopExecutor::shutdown);
    }

    @Override
    public String toString() {
        return "the executors of " + loop;
    }
}
