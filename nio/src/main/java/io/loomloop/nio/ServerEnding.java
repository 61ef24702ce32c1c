package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.TimerHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the clients of a server that shuts down are made to go.
 *
 * <pre>
 *  WAITING --the shortest grace anybody gave is over--> CANCELLED --PATIENCE--> ABORTED
 * </pre>
 *
 * Runs by itself once it was asked for, whatever happens to those who wait for it.
 */
final class ServerEnding {
    /** How long handlers that are cancelled, and what they leave unsent, may take. Longer than a connection lingers. */
    static final Duration PATIENCE = Duration.ofSeconds(3);

    private final EventLoop loop;
    private final Clients clients;
    private final Runnable onAborted;

    // all but aborted loop thread only
    private @Nullable TimerHandle graceTimer;
    private @Nullable TimerHandle patienceTimer;
    private boolean cancelled;
    private volatile boolean aborted;

    ServerEnding(EventLoop loop, Clients clients, Runnable onAborted) {
        this.loop = loop;
        this.clients = clients;
        this.onAborted = onAborted;
    }

    /** True when the connections were aborted. Any thread. */
    boolean isAborted() {
        return aborted;
    }

    /** Has the handlers cancelled after a time, unless that happens earlier already. Any thread. */
    void cancelIn(Duration grace) {
        if (grace.isZero()) {
            onLoop(this::cancelHandlers);
        } else {
            onLoop(() -> setGraceTimer(grace));
        }
    }

    /** Has everything ended now. Any thread. */
    void abortNow() {
        onLoop(() -> {
            cancelHandlers();
            abort();
        });
    }

    /** All have gone. Any thread. */
    void done() {
        onLoop(this::cancelTimers);
    }

    private void onLoop(Runnable step) {
        if (loop.isCurrent()) {
            step.run();
            return;
        }
        try {
            loop.callSoon(step);
        } catch (LoopClosedException e) {
            // Everything is closed already.
        }
    }

    // ---- loop thread

    private void setGraceTimer(Duration grace) {
        if (cancelled) {
            return;
        }
        TimerHandle sooner = loop.callLater(grace, this::cancelHandlers);
        TimerHandle before = graceTimer;
        if (before != null && !before.isCancelled() && before.when() - sooner.when() <= 0) {
            sooner.cancel();
            return;
        }
        cancelTimers();
        graceTimer = sooner;
    }

    private void cancelHandlers() {
        if (cancelled) {
            return;
        }
        cancelled = true;
        cancelTimers();
        patienceTimer = loop.callLater(PATIENCE, this::abort);
        clients.cancelHandlers();
    }

    private void abort() {
        cancelTimers();
        clients.connected().forEach(Client::abort);
        aborted = true;
        onAborted.run();
    }

    private void cancelTimers() {
        cancel(graceTimer);
        cancel(patienceTimer);
    }

    private static void cancel(@Nullable TimerHandle timer) {
        if (timer != null) {
            timer.cancel();
        }
    }
}
