package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.TimerHandle;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one of several addresses, whichever answers first: the happy eyeballs of RFC 8305. An attempt begins when the last one
 * has failed, or has not answered for a while. All of it happens in the calling task, which alone decides who has won, so there is
 * one winner even when two addresses answer at once; the others are aborted before this returns, however it does.
 *
 * @param <A> a connect under way
 */
final class ConnectRace<A extends ConnectRace.Attempt> {
    /** A connect under way. */
    interface Attempt {
        /** True when it is connected, or cannot be. Any thread. */
        boolean isSettled();

        /** Why it cannot be connected, or null. */
        @Nullable
        IOException failure();

        /** Gives it up, connected or not. */
        void abort();
    }

    /** Begins connects. */
    @FunctionalInterface
    interface Connector<A> {
        /** Begins one, and has {@code whenSettled} run by any thread, also at once. What this throws it has cleaned up after. */
        A begin(SocketAddress address, Runnable whenSettled) throws IOException;
    }

    private record Running<A>(A attempt, SocketAddress address) {}

    private final EventLoop loop;
    private final List<SocketAddress> addresses;
    private final Connector<A> connector;
    private final Duration delay;
    private final Waiters waiters = new Waiters();

    // all loop thread only
    private final Queue<SocketAddress> left;
    private final Queue<Running<A>> running = new ArrayDeque<>();
    private final List<IOException> failures = new ArrayList<>();
    private boolean nextIsDue = true;
    private boolean late;
    private @Nullable TimerHandle nextTimer;

    ConnectRace(EventLoop loop, List<? extends SocketAddress> addresses, Duration delay, Connector<A> connector) {
        this.loop = loop;
        this.addresses = interleave(addresses);
        this.left = new ArrayDeque<>(this.addresses);
        this.delay = delay;
        this.connector = connector;
    }

    /** The families take turns, beginning with that of the first address; within a family the order is kept. */
    static List<SocketAddress> interleave(List<? extends SocketAddress> addresses) {
        Deque<SocketAddress> ipv6 = new ArrayDeque<>();
        Deque<SocketAddress> others = new ArrayDeque<>();
        addresses.forEach(address -> (isIpv6(address) ? ipv6 : others).add(address));
        List<SocketAddress> mixed = new ArrayList<>();
        boolean turnOfIpv6 = isIpv6(addresses.get(0));
        while (mixed.size() < addresses.size()) {
            SocketAddress next = (turnOfIpv6 ? ipv6 : others).poll();
            if (next != null) {
                mixed.add(next);
            }
            turnOfIpv6 = !turnOfIpv6;
        }
        return mixed;
    }

    private static boolean isIpv6(SocketAddress address) {
        return address instanceof InetSocketAddress internet && internet.getAddress() instanceof Inet6Address;
    }

    /**
     * The first that is connected. A cancellation point if it has to wait.
     *
     * @param timeout null means for ever
     * @throws IOException when none can be: the first failure, with the others suppressed
     * @throws SocketTimeoutException when the time is over, with the failures until then suppressed
     */
    A run(@Nullable Duration timeout) throws IOException {
        TimerHandle end = timeout == null ? null : loop.callLater(timeout, this::timeIsOver);
        try {
            A winner = null;
            while (winner == null) {
                if (late) {
                    throw withSuppressed(new SocketTimeoutException("no answer in time from " + addresses), failures);
                } else if (nextIsDue && !left.isEmpty()) {
                    beginNext(left.remove());
                } else if (running.isEmpty()) {
                    throw withSuppressed(failures.get(0), failures.subList(1, failures.size()));
                } else {
                    waiters.await(loop, this::hasNews);
                }
                winner = takeSettled();
            }
            return winner;
        } finally {
            cancel(end);
            cancel(nextTimer);
            running.forEach(loser -> loser.attempt().abort());
        }
    }

    private void timeIsOver() {
        late = true;
        waiters.wakeAll();
    }

    private void nextIsDue() {
        nextIsDue = true;
        waiters.wakeAll();
    }

    private boolean hasNews() {
        return late
                || (nextIsDue && !left.isEmpty())
                || running.stream().anyMatch(one -> one.attempt().isSettled());
    }

    private void beginNext(SocketAddress address) throws IOException {
        cancel(nextTimer);
        try {
            running.add(new Running<>(connector.begin(address, waiters::wakeAll), address));
        } catch (IOException e) {
            failures.add(Streams.explain(e, address));
            return;
        }
        nextIsDue = false;
        if (!left.isEmpty()) {
            nextTimer = loop.callLater(delay, this::nextIsDue);
        }
    }

    /** The first attempt that is connected, or null. Those that have failed are forgotten. */
    private @Nullable A takeSettled() {
        for (Iterator<Running<A>> all = running.iterator(); all.hasNext(); ) {
            Running<A> one = all.next();
            if (one.attempt().isSettled()) {
                boolean last = !all.hasNext();
                all.remove();
                IOException failure = one.attempt().failure();
                if (failure == null) {
                    return one.attempt();
                }
                failures.add(Streams.explain(failure, one.address()));
                nextIsDue |= last;
            }
        }
        return null;
    }

    private static void cancel(@Nullable TimerHandle timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    private static IOException withSuppressed(IOException thrown, List<IOException> others) {
        others.forEach(thrown::addSuppressed);
        return thrown;
    }
}
