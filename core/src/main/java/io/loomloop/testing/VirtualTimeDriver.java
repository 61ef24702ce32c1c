package io.loomloop.testing;

import io.loomloop.EventLoop;
import io.loomloop.spi.LoopDriver;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A clock for tests: it stands still while the loop works, so that a program which sleeps for days ends at once, and always in the
 * same way.
 *
 * <p>A driver that {@linkplain #jumping() jumps} goes to the next deadline as soon as nothing is ready. One that
 * {@linkplain #standing() stands still} does so no further than a test allows, by {@link #advance} or {@link #step}; the timers on
 * the way fire in their order, each at its own time.
 *
 * <p>Only the loop's time is virtual: {@code Thread.sleep}, an executor's thread or a socket take real time, which a jump does not
 * wait for. A test that mixes both gives {@link #jumping(Duration)} some patience.
 *
 * <p>A driver serves one loop. Its methods may be called from any thread, but a method that waits only from outside the loop. asyncio has
 * the like in its own tests alone; trio's is {@code MockClock}.
 */
public final class VirtualTimeDriver implements LoopDriver {
    private static final long BUSY = Long.MIN_VALUE;
    private static final long NO_DEADLINE = Long.MAX_VALUE;

    // loop thread and testers
    private final AtomicLong now = new AtomicLong();
    // testers write: how far the loop may jump, as a distance from the origin; Long.MAX_VALUE for no limit
    private final AtomicLong allowed;
    private final long patience;
    // any thread sets, loop thread clears
    private volatile boolean woken;
    // loop thread writes: BUSY, or what an idle loop waits for, as a distance from the origin
    private volatile long idleUntil = BUSY;
    // loop thread writes
    private volatile @Nullable Thread loopThread;
    // any thread; true once somebody has asked for the time
    private volatile boolean asked;
    // any thread
    private final Queue<Thread> awaitingIdle = new ConcurrentLinkedQueue<>();

    private VirtualTimeDriver(long allowed, long patience) {
        this.allowed = new AtomicLong(allowed);
        this.patience = patience;
    }

    /** Time that jumps to the next deadline when nothing is ready. */
    public static VirtualTimeDriver jumping() {
        return new VirtualTimeDriver(Long.MAX_VALUE, 0);
    }

    /**
     * Time that jumps to the next deadline when nothing has been ready for a while, in real time: for a program that also waits for
     * other threads.
     *
     * @param patience how long to wait for another thread to wake the loop, not negative
     */
    public static VirtualTimeDriver jumping(Duration patience) {
        return new VirtualTimeDriver(Long.MAX_VALUE, nanos("patience", patience));
    }

    /** Time that goes on when {@link #advance}, {@link #step} or {@link #pass} say so. */
    public static VirtualTimeDriver standing() {
        return new VirtualTimeDriver(0, 0);
    }

    // ---- the tester's side

    /** How much time has passed since the driver was made. */
    public Duration elapsed() {
        return Duration.ofNanos(now.get());
    }

    /**
     * Allows time to go on by so much, once nothing is ready any more; one that jumps needs no allowance. Does not wait for it: see
     * {@link #awaitIdle}.
     *
     * @throws IllegalArgumentException if {@code time} is negative
     */
    public void advance(Duration time) {
        long nanos = nanos("time", time);
        allowed.updateAndGet(until -> until == Long.MAX_VALUE ? until : sum(Math.max(until, now.get()), nanos));
        wakeup();
    }

    /**
     * Moves time at once, past the deadlines on the way, as if the loop had been busy for so long.
     *
     * @throws IllegalArgumentException if {@code time} is negative
     */
    public void pass(Duration time) {
        long nanos = nanos("time", time);
        long then = now.updateAndGet(before -> sum(before, nanos));
        allowed.accumulateAndGet(then, Math::max);
        wakeup();
    }

    /**
     * Waits until the loop has nothing to do, and then lets time go on to the next deadline. Waits until what is due then is done.
     *
     * @return false if there was no deadline
     * @throws IllegalStateException on the loop itself, which is not idle while it runs the caller
     */
    public boolean step() throws InterruptedException {
        awaitIdle();
        long next = idleUntil;
        if (next == NO_DEADLINE || next == BUSY) {
            return false;
        }
        allowed.accumulateAndGet(next, Math::max);
        wakeup();
        awaitIdle();
        return true;
    }

    /**
     * Waits until the loop, which must be running, has nothing to do before time goes on further than it may, or is closed.
     *
     * @throws IllegalStateException on a loop, which is not idle while it runs the caller
     */
    public void awaitIdle() throws InterruptedException {
        if (isOnLoop()) {
            throw new IllegalStateException(
                    "a loop is not idle while it runs the caller: call this from a thread outside, or await a sleep instead");
        }
        Thread self = Thread.currentThread();
        awaitingIdle.add(self);
        try {
            while (woken || idleUntil == BUSY) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for an idle loop");
                }
                LockSupport.park(this);
            }
        } finally {
            awaitingIdle.remove(self);
        }
    }

    private static boolean isOnLoop() {
        try {
            EventLoop.current();
            return true;
        } catch (IllegalStateException onNone) {
            return false;
        }
    }

    // ---- the loop's side

    @Override
    public long nanoTime() {
        if (!asked) {
            asked = true;
        }
        return now.get();
    }

    /** True when the time of this loop is ours. */
    boolean isClockOf(EventLoop loop) {
        asked = false;
        var unused = loop.time();
        return asked;
    }

    @Override
    public void await(long nanos) {
        if (loopThread == null) {
            loopThread = Thread.currentThread();
        }
        if (nanos > 0 && !woken) {
            goOnTo(nanos == Long.MAX_VALUE ? NO_DEADLINE : sum(now.get(), nanos));
        }
        woken = false;
    }

    private void goOnTo(long deadline) {
        // An interrupt of the loop thread means nothing to us, but left set it would make every park return at once.
        Thread.interrupted();
        if (patience > 0 && deadline != NO_DEADLINE) {
            awaitOthers();
        }
        while (!woken && !jumpTo(Math.min(deadline, allowed.get()))) {
            idleUntil = deadline;
            awaitingIdle.forEach(LockSupport::unpark);
            if (!woken) {
                LockSupport.park(this);
            }
        }
        idleUntil = BUSY;
    }

    private void awaitOthers() {
        long start = System.nanoTime();
        for (long left = patience; left > 0 && !woken; left = patience - (System.nanoTime() - start)) {
            LockSupport.parkNanos(this, left);
        }
    }

    /** Jumps there, which may be short of the deadline: the loop looks at the time and asks again. */
    private boolean jumpTo(long time) {
        return time != NO_DEADLINE && now.getAndAccumulate(time, Math::max) < time;
    }

    @Override
    public boolean needsPoll() {
        return false;
    }

    @Override
    public void wakeup() {
        woken = true;
        LockSupport.unpark(loopThread);
    }

    @Override
    public void close() {
        woken = false;
        idleUntil = NO_DEADLINE;
        awaitingIdle.forEach(LockSupport::unpark);
    }

    @Override
    public String toString() {
        return "VirtualTimeDriver[" + elapsed() + "]";
    }

    private static long nanos(String name, Duration duration) {
        Objects.requireNonNull(duration, name);
        if (duration.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative: " + duration);
        }
        try {
            return duration.toNanos();
        } catch (ArithmeticException longerThan292Years) {
            return Long.MAX_VALUE;
        }
    }

    private static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 || sum == NO_DEADLINE ? NO_DEADLINE - 1 : sum;
    }
}
