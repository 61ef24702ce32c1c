package io.loomloop;

import io.loomloop.spi.LoopService;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What the executors of one loop have accepted and not finished. It holds no executor that has nothing to do, so nobody need shut one
 * down; and it lets no future wait for ever for a loop that is closed. Any thread; without locks, because the loop thread must not wait here.
 */
final class Submissions implements LoopService {
    private final EventLoop loop;
    private final Register<Submission> accepted = new Register<>();
    private final Queue<LoopExecutor> awaited = new ConcurrentLinkedQueue<>();
    // the closing thread sets
    private volatile boolean closed;

    Submissions(EventLoop loop) {
        this.loop = loop;
    }

    void add(Register.Entry<Submission> entry) {
        accepted.add(entry);
    }

    void remove(Register.Entry<Submission> entry) {
        accepted.take(entry);
    }

    /** Those of one executor, oldest first. */
    List<Submission> of(LoopExecutor executor) {
        return accepted.toList().stream()
                .filter(submission -> submission.executor == executor)
                .toList();
    }

    /** True when the loop will run nothing any more. */
    boolean isClosed() {
        return closed;
    }

    /** Waits for the end of an executor, which comes with that of the loop at the latest. */
    boolean whileAwaited(LoopExecutor executor, Termination termination) throws InterruptedException {
        try {
            expectEnd(executor);
            return termination.await();
        } finally {
            awaited.remove(executor);
        }
    }

    /** Has an executor end with the loop, at once if that has ended already. */
    void expectEnd(LoopExecutor executor) {
        awaited.add(executor);
        if (closed) {
            executor.shutdown();
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
        accepted.toList().forEach(Submission::abandon);
        awaited.forEach(LoopExecutor::shutdown);
    }

    @Override
    public String toString() {
        return "the executors of " + loop;
    }
}
