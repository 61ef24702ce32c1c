package io.loomloop;

import io.loomloop.spi.LoopService;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the executors of one loop have accepted and not finished. It holds no executor that has nothing to do, so nobody need shut one
 * down; and it lets no future wait for ever for a loop that is closed. Any thread; without locks, because the loop thread must not wait here.
 */
final class Submissions implements LoopService {
    private static final VarHandle NEWEST;

    static {
        try {
            NEWEST = MethodHandles.lookup().findVarHandle(Submissions.class, "newest", Waiter.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventLoop loop;
    // any thread, CAS: the chain of those that were accepted
    private volatile @Nullable Waiter newest;
    private final Queue<LoopExecutor> awaited = new ConcurrentLinkedQueue<>();
    // the closing thread sets
    private volatile boolean closed;

    Submissions(EventLoop loop) {
        this.loop = loop;
    }

    void add(Submission submission) {
        Waiter before;
        do {
            before = newest;
            submission.place = new Waiter(submission, before);
        } while (!NEWEST.compareAndSet(this, before, submission.place));
    }

    /** Forgets one that was added. */
    void remove(Submission submission) {
        if (Objects.requireNonNull(submission.place).take() == null) {
            return;
        }
        Waiter before = newest;
        if (before != null && before.countStruckOut(1)) {
            Waiter swept = before.sweep();
            if (swept != before) {
                NEWEST.compareAndSet(this, before, swept); // or somebody came first, and the next sweep is soon enough
            }
        }
    }

    /** All of them, oldest first. */
    private Stream<Submission> accepted() {
        Waiter chain = newest;
        return chain == null ? Stream.empty() : chain.present().map(Submission.class::cast);
    }

    /** Those of one executor, oldest first. */
    List<Submission> of(LoopExecutor executor) {
        return accepted().filter(submission -> submission.executor == executor).toList();
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
        accepted().forEach(Submission::abandon);
        awaited.forEach(LoopExecutor::shutdown);
    }

    @Override
    public String toString() {
        return "the executors of " + loop;
    }
}
