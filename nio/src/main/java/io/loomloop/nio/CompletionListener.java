package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.TimerHandle;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One listening socket of a server of a {@link ProactorDriver}. As {@link Listener}, but it asks for one client before that one comes.
 *
 * <pre>
 *  turn:  FREE  --who finds that the server wants clients (CAS)--> TAKEN, and an accept is under way
 *         TAKEN --the completion, after it has admitted the client--> FREE, and looks whether the server wants another
 *         TAKEN --the completion, when the server has no room any more--> HOLDING that client --who finds room (CAS)--> TAKEN
 *         TAKEN --accept fails--> PAUSED --a second later, or resume (CAS)--> FREE
 *  closed: false --stop, a failure, the loop closes--> true
 * </pre>
 *
 * The server makes room, then calls {@link #resume}, which reads {@code turn}; the completion sets {@code turn}, then asks the server. So
 * no client is left waiting while there is room. Several listeners of one server may each get a client for the last place: all
 * but one hold theirs, as if it were in the backlog still.
 */
final class CompletionListener implements ListeningSocket, CompletionEngine.Member {
    private static final int FREE = 0;
    private static final int TAKEN = 1;
    private static final int HOLDING = 2;
    private static final int PAUSED = 3;

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final VarHandle TURN;
    private static final VarHandle CLOSED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TURN = lookup.findVarHandle(CompletionListener.class, "turn", int.class);
            CLOSED = lookup.findVarHandle(CompletionListener.class, "closed", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SocketEngine engine;
    private final CompletionEngine completions;
    private final Server server;
    private final AsynchronousServerSocketChannel channel;
    private final SocketAddress address;
    // completions only
    private final OncePerMinute reports = new OncePerMinute();

    // any thread, CAS; see above
    private volatile int turn = TAKEN;
    private volatile boolean closed;
    // who has the turn uses it
    private @Nullable AsynchronousSocketChannel held;
    // a completion sets after PAUSED
    private volatile @Nullable TimerHandle pause;

    private final CompletionHandler<AsynchronousSocketChannel, @Nullable Void> accepting = new CompletionHandler<>() {
        @Override
        public void completed(AsynchronousSocketChannel client, @Nullable Void nothing) {
            try {
                accepted(client);
            } catch (Throwable e) { // most likely no memory is left
                Poller.closeQuietly(client);
                acceptFailed(e);
                return;
            }
            acceptNext();
        }

        @Override
        public void failed(Throwable failure, @Nullable Void nothing) {
            acceptFailed(failure);
        }
    };

    /** A channel that is bound. */
    CompletionListener(SocketEngine engine, Server server, AsynchronousServerSocketChannel channel) throws IOException {
        this.engine = engine;
        this.completions = Objects.requireNonNull(engine.completions());
        this.server = server;
        this.channel = channel;
        this.address = channel.getLocalAddress();
    }

    // ---- any thread

    @Override
    public EventLoop loop() {
        return engine.loop();
    }

    @Override
    public void begin() {
        completions.add(this);
        turn = FREE;
        resume();
    }

    @Override
    public void resume() {
        if (!server.isServing()) {
            return; // else it is told later
        }
        TimerHandle waiting = pause; // before the CAS: an accept that fails after it sets another, which must stay
        if (TURN.compareAndSet(this, PAUSED, FREE)) {
            cancel(waiting);
        }
        if (turn == HOLDING && server.canAccept() && TURN.compareAndSet(this, HOLDING, TAKEN)) {
            accepted(takeHeld());
        }
        acceptNext();
    }

    /** Has the system accept a client, if the server wants one and no accept is under way. */
    private void acceptNext() {
        if (!closed && turn == FREE && server.canAccept() && TURN.compareAndSet(this, FREE, TAKEN)) {
            try {
                channel.accept(null, accepting);
            } catch (RuntimeException e) {
                acceptFailed(e);
            }
        }
    }

    /** Gives a client to the server, or holds it back. Whoever has the turn. */
    private void accepted(AsynchronousSocketChannel client) {
        if (closed) {
            Poller.closeQuietly(client);
        } else if (server.takePlace()) {
            server.admit(client, options -> {
                options.applyToClient(client, channel);
                return new CompletionSocket(engine, client, options);
            });
            turn = FREE;
        } else {
            held = client;
            turn = HOLDING;
            dropHeldIfClosed();
            resume(); // there may be room by now
        }
    }

    private AsynchronousSocketChannel takeHeld() {
        AsynchronousSocketChannel client = Objects.requireNonNull(held);
        held = null;
        return client;
    }

    private void dropHeldIfClosed() {
        if (closed && TURN.compareAndSet(this, HOLDING, TAKEN)) {
            Poller.closeQuietly(takeHeld());
        }
    }

    /** Most likely there are too many open files. */
    private void acceptFailed(Throwable cause) {
        if (closed) {
            return;
        }
        if (cause instanceof ShutdownChannelGroupException) {
            closeNow(); // the loop closes
            return;
        }
        if (!(cause instanceof IOException) || !channel.isOpen()) {
            engine.report(new ErrorContext("cannot listen any more at " + address, cause));
            closeNow();
            return;
        }
        turn = PAUSED; // before there is a timer, which would else come in vain should this thread be held up
        try {
            pause = engine.loop().callLater(PAUSE, this::resume);
        } catch (LoopClosedException e) {
            return; // this is closed next
        }
        if (closed) {
            cancel(pause);
        }
        if (reports.isDue(engine.loop().time())) {
            engine.report(
                    new ErrorContext("cannot accept clients at " + address + ", trying again every second", cause));
        }
    }

    // ---- the end, any thread

    /** The channel cannot go: it is bound to the threads of its loop. */
    @Override
    public void leave() {
        if (server.isLeaving()) {
            closeNow();
        }
    }

    @Override
    public void stop() {
        closeNow();
    }

    @Override
    public void shutDown() {
        closeNow();
    }

    private void closeNow() {
        if (CLOSED.compareAndSet(this, false, true)) {
            cancel(pause);
            Poller.closeQuietly(channel);
            dropHeldIfClosed();
            completions.remove(this);
            server.released(this);
        }
    }

    private static void cancel(@Nullable TimerHandle timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    @Override
    public String toString() {
        return "listener at " + address;
    }
}
