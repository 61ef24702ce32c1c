package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A task that beats every ten milliseconds while a test does its worst to the same loop. It must not miss by more than 100 ms.
 *
 * <p>Time is not the loop's when the loop's thread or its selector's stood in line for a processor, nor as much again, in which it works off
 * what has piled up meanwhile; or when a plain thread, which beats beside the task, was late as well: then the machine or the garbage
 * collector held everything up.
 */
final class Heartbeat {
    private static final Duration BEAT = Duration.ofMillis(10);
    private static final long NANOS = BEAT.toNanos();
    static final Duration ALLOWED = Duration.ofMillis(100);

    /** A time in which nothing happened that should have, for so long of it because there was no processor; in nanoseconds. */
    private record Stall(long from, long to, long waited) {
        long excused(List<Stall> ofMachine) {
            long overlap = 0;
            for (Stall other : ofMachine) {
                overlap += Math.max(0, Math.min(to, other.to) - Math.max(from, other.from));
            }
            return Math.max(overlap, 2 * waited);
        }

        Duration late(List<Stall> ofMachine) {
            return Duration.ofNanos(Math.max(0, to - from - excused(ofMachine)));
        }
    }

    private final RunDelay delay;
    private final RunDelay delayOfSelector;
    private final Task<?> task;
    private final Thread thread;
    // the task, then the closing thread
    private final List<Stall> ofLoop = new ArrayList<>();
    private int beats;
    // the thread, then the closing thread
    private final List<Stall> ofMachine = new ArrayList<>();
    private volatile boolean over;

    /** Begins. */
    Heartbeat(EventLoop loop) {
        delay = RunDelay.of(loop.name());
        delayOfSelector = RunDelay.of(loop.name() + "-selector");
        thread = Thread.ofPlatform().daemon().name("machine-heartbeat").start(this::beatOnThread);
        task = loop.createTask("heartbeat", this::beatOnLoop);
    }

    /** Does something, and fails if the loop misses a beat meanwhile. */
    static <X extends Exception> void during(LoopCheck check, VoidBody<X> body) throws Exception {
        SocketEngine unused =
                check.call(() -> SocketEngine.of(check.loop())); // so that there is a selector's thread to look at
        Heartbeat heartbeat = new Heartbeat(check.loop());
        try {
            body.run();
        } finally {
            heartbeat.end();
        }
        heartbeat.judge();
    }

    /** Ends, and says by how much it has missed at the worst. */
    Duration worst() throws Exception {
        end();
        return howLate();
    }

    private void beatOnLoop() {
        do { // at least one beat, however short it is
            long before = delay.nanos() + delayOfSelector.nanos();
            long due = System.nanoTime() + NANOS;
            Async.sleep(BEAT);
            beats++;
            note(ofLoop, due, delay.nanos() + delayOfSelector.nanos() - before);
        } while (!over);
    }

    private void beatOnThread() {
        while (!over) {
            long due = System.nanoTime() + NANOS / 4;
            LockSupport.parkNanos(NANOS / 4);
            note(ofMachine, due, 0);
        }
    }

    private static void note(List<Stall> stalls, long due, long waited) {
        long now = System.nanoTime();
        if (now - due > NANOS / 2) {
            stalls.add(new Stall(due, now, waited));
        }
    }

    private void end() throws Exception {
        over = true;
        try (delay;
                delayOfSelector) {
            task.get(10, TimeUnit.SECONDS);
            thread.join();
        }
    }

    private void judge() {
        Duration worst = howLate();
        if (beats == 0 || worst.compareTo(ALLOWED) > 0) {
            throw new AssertionError("the loop was " + worst.toMillis() + " ms late, in " + beats + " beats: "
                    + ofLoop.stream().map(this::told).toList());
        }
    }

    private Duration howLate() {
        return ofLoop.stream()
                .map(stall -> stall.late(ofMachine))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    private String told(Stall stall) {
        return "%d ms, %d without a processor, %d excused"
                .formatted(
                        TimeUnit.NANOSECONDS.toMillis(stall.to - stall.from),
                        TimeUnit.NANOSECONDS.toMillis(stall.waited),
                        TimeUnit.NANOSECONDS.toMillis(stall.excused(ofMachine)));
    }
}
