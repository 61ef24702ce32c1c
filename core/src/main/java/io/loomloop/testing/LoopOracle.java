package io.loomloop.testing;

import io.loomloop.EventLoop;
import io.loomloop.LoopStatistics;
import io.loomloop.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What to ask of a loop after a test: that nothing of it is left. {@link LoopExtension} asks after each test; other test frameworks
 * can do so by themselves.
 */
public final class LoopOracle {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private LoopOracle() {}

    /**
     * Fails if something is left of a closed loop: a task, a timer, an entry of a queue, a thread. The threads of a closed loop
     * are given some seconds of real time to end.
     *
     * @throws AssertionError naming what is left
     */
    public static void assertNothingLeft(EventLoop loop) {
        List<String> left = new ArrayList<>();
        LoopStatistics counts = loop.statistics();
        if (!loop.isClosed()) {
            left.add("the loop is not closed");
        }
        if (!loop.tasks().isEmpty() || counts.tasksAlive() != 0) {
            left.add("live tasks: " + loop.tasks());
        }
        if (counts.timers() != 0 || counts.ready() != 0) {
            left.add("entries of the queues: " + counts);
        }
        List<Thread> threads = threadsLeft(loop);
        if (!threads.isEmpty()) {
            left.add("threads: " + threads);
        }
        if (!left.isEmpty()) {
            throw new AssertionError(loop + " left behind " + String.join(", ", left) + dump(loop));
        }
    }

    /** What a loop is doing, as text: its counts, its tasks, its threads, and where each of them is. */
    public static String dump(EventLoop loop) {
        StringBuilder text = new StringBuilder();
        text.append("\n").append(loop).append(" ").append(loop.statistics());
        for (Task<?> task : loop.tasks()) {
            append(text, task.toString(), task.stack());
        }
        for (Thread thread : threads(loop)) {
            append(text, thread.toString(), thread.getStackTrace());
        }
        return text.toString();
    }

    private static List<Thread> threadsLeft(EventLoop loop) {
        List<Thread> left = threads(loop);
        long patience = loop.isClosed() ? PATIENCE.toMillis() : 0; // those of an open loop do not end
        for (long waited = 0; !left.isEmpty() && waited < patience; waited++) {
            LockSupport.parkNanos(1_000_000);
            left = threads(loop);
        }
        return left;
    }

    /** The platform threads of a loop carry its name. */
    private static List<Thread> threads(EventLoop loop) {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        while (root.getParent() != null) {
            root = root.getParent();
        }
        Thread[] all = new Thread[root.activeCount() + 64];
        int count = root.enumerate(all);
        List<Thread> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = all[i].getName();
            if (name.equals(loop.name()) || name.startsWith(loop.name() + "-")) {
                found.add(all[i]);
            }
        }
        return found;
    }

    private static void append(StringBuilder text, String name, StackTraceElement[] stack) {
        text.append("\n").append(name);
        for (StackTraceElement frame : stack) {
            text.append("\n    at ").append(frame);
        }
    }
}
