package io.loomloop.bench;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A thread that runs what it is asked to, one thing at a time, and spins until then: so nobody has to wake it. */
final class Elsewhere implements AutoCloseable {
    private final AtomicReference<@Nullable Runnable> request = new AtomicReference<>();
    private final Thread thread = new Thread(this::answerAll);
    private volatile boolean closed; // written by who closes it

    Elsewhere() {
        thread.start();
    }

    /** The last request must have been answered. */
    void ask(Runnable answer) {
        request.set(answer);
    }

    private void answerAll() {
        while (!closed) {
            Runnable answer = request.get() == null ? null : request.getAndSet(null);
            if (answer == null) {
                Thread.onSpinWait();
            } else {
                answer.run();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        DefaultThreads.join(thread);
    }
}
