package io.loomloop.faults;

import io.loomloop.EventLoop;
import io.loomloop.check.Check;
import io.loomloop.check.Drivers;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Interrupts of the platform threads of a loop, at random moments, by several threads. They mean nothing to a loop: what it does goes on, no socket
 * is closed, and it sleeps afterwards as it did before.
 */
public final class InterruptStorm {
    private static final int INTERRUPTERS = 2;
    private static final int INTERRUPTS = 200;
    private static final long IDLE_MILLIS = 60;

    private InterruptStorm() {}

    /** Interrupts a loop that is busy. */
    public static long busy(Drivers driver, Random random) throws Exception {
        try (Ground ground = new Ground(driver)) {
            Load load = new Load(ground.loop(), random);
            storm(ground.loop(), random);
            load.end();
            requireRest(ground);
        }
        return INTERRUPTERS * INTERRUPTS;
    }

    /** Interrupts a loop that has nothing to do, but has sockets. */
    public static long idle(Drivers driver, Random random) throws Exception {
        try (Ground ground = new Ground(driver)) {
            Serving.check(ground);
            storm(ground.loop(), random);
            requireRest(ground);
        }
        return INTERRUPTERS * INTERRUPTS;
    }

    private static void storm(EventLoop loop, Random random) throws Exception {
        List<Thread> interrupters = new ArrayList<>();
        List<Thread> targets = threads(loop);
        Check.that(!targets.isEmpty(), "the loop has no thread");
        for (int i = 0; i < INTERRUPTERS; i++) {
            Random own = new Random(random.nextLong());
            interrupters.add(Thread.ofPlatform().daemon().name("interrupter").start(() -> {
                for (int n = 0; n < INTERRUPTS; n++) {
                    targets.get(own.nextInt(targets.size())).interrupt();
                    LockSupport.parkNanos(own.nextInt(300_000));
                }
            }));
        }
        for (Thread interrupter : interrupters) {
            interrupter.join();
        }
    }

    /** The loop's own thread, and those that serve its sockets. Workers run users' code, to which an interrupt means something. */
    private static List<Thread> threads(EventLoop loop) {
        String name = loop.name();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name)
                        || thread.getName().equals(name + "-selector")
                        || thread.getName().equals(name + "-completions"))
                .toList();
    }

    /** A flag that was left set would have the thread spin: every wait would return at once. */
    private static void requireRest(Ground ground) throws Exception {
        Serving.check(ground);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (Thread thread : threads(ground.loop())) {
            // The machine may be busy, so a thread that once used little is well.
            Check.soon(thread + " sleeps", () -> {
                long before = threads.getThreadCpuTime(thread.threadId());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS));
                return threads.getThreadCpuTime(thread.threadId()) - before
                        < TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS) / 10;
            });
        }
        ground.requireSilence();
    }

    /** One of both, with any driver. */
    public static long round(Random random) throws Exception {
        Drivers driver = Drivers.any(random);
        return random.nextBoolean() ? busy(driver, random) : idle(driver, random);
    }
}
