package io.loomloop.bench;

import java.util.ArrayList;
import java.util.List;

/** The JDK's default virtual threads, of which {@link LoopBenchmark} runs all on one carrier. */
final class DefaultThreads {
    private DefaultThreads() {}

    /** Runs a body in a virtual thread, so that what it starts and awaits is on the same carrier. */
    static void run(Runnable body) {
        join(Thread.startVirtualThread(body));
    }

    /** Runs that many bodies in virtual threads of their own. */
    static void run(int threads, Runnable body) {
        run(() -> {
            List<Thread> started = new ArrayList<>(threads);
            for (int i = 0; i < threads; i++) {
                started.add(Thread.startVirtualThread(body));
            }
            started.forEach(DefaultThreads::join);
        });
    }

    /** Runs two bodies in virtual threads of their own. */
    static void run(Runnable one, Runnable other) {
        run(() -> {
            Thread first = Thread.startVirtualThread(one);
            Thread second = Thread.startVirtualThread(other);
            join(first);
            join(second);
        });
    }

    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
