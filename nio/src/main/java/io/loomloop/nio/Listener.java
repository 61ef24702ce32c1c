package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.TimerHandle;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One listening socket of a server: accepts clients, stays away while the server does not want any, and pauses when the system refuses.
 *
 * <pre>
 *  AWAY       --RESUME, the server wants clients--> LISTENING
 *  LISTENING  --the server wants no more--> AWAY
 *  LISTENING  --accept fails--> PAUSED --a second later, or RESUME--> LISTENING
 *       any --LEAVE, the loop closes: there is another loop--> CLOSED here, LISTENING or AWAY there
 *       any --STOP, a failure, the loop closes--> CLOSED
 * </pre>
 */
final class Listener extends Registration implements ListeningSocket {
    // what can be requested
    private static final int START = 1;
    private static final int STOP = 2;
    private static final int RESUME = 4;
    private static final int LEAVE = 8;

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Server server;
    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final int backlog;

    // all I/O thread only
    private @Nullable SelectionKey key;
    private boolean closed;
    private final OncePerMinute reports = new OncePerMinute();
    private @Nullable TimerHandle pause;

    /** A channel in non-blocking mode that is bound. */
    Listener(SocketEngine engine, Server server, ServerSocketChannel channel, int backlog) throws IOException {
        super(engine);
        this.server = server;
        this.channel = channel;
        this.address = channel.getLocalAddress();
        this.backlog = backlog;
    }

    @Override
    public EventLoop loop() {
        return engine.loop();
    }

    @Override
    public void begin() {
        request(START);
    }

    @Override
    public void resume() {
        request(RESUME);
    }

    @Override
    public void stop() {
        request(STOP);
    }

    @Override
    public void leave() {
        if (server.isLeaving()) {
            request(LEAVE);
        }
    }

    @Override
    void attend(int bits) throws IOException {
        if (closed) {
            return;
        }
        if ((bits & STOP) != 0) {
            closeNow();
            return;
        }
        if ((bits & LEAVE) != 0) {
            moveOrClose();
            return;
        }
        if ((bits & START) != 0) {
            key = engine.poller().register(channel, 0, this);
        }
        SelectionKey registered = key;
        if (registered != null && server.isServing()) { // else it is told later
            endPause();
            registered.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    private void endPause() {
        TimerHandle waiting = pause;
        if (waiting != null) {
            pause = null;
            waiting.cancel();
        }
    }

    @Override
    void ready(SelectionKey ready, int ops) {
        for (int i = 0; i <= backlog; i++) {
            if (!server.takePlace()) {
                ready.interestOps(0);
                return;
            }
            SocketChannel client;
            try {
                client = channel.accept(); // the JDK goes on by itself after ECONNABORTED
            } catch (IOException e) {
                server.leavePlace();
                pause(ready, e);
                return;
            }
            if (client == null) {
                server.leavePlace();
                return;
            }
            server.admit(client, channel);
        }
    }

    /** Most likely there are too many open files. The selector would report the same client again and again without a pause. */
    private void pause(SelectionKey ready, IOException cause) {
        ready.interestOps(0);
        try {
            pause = engine.loop().callLater(PAUSE, () -> request(RESUME));
        } catch (LoopClosedException e) {
            return; // this is closed next
        }
        if (reports.isDue(engine.loop().time())) {
            engine.report(
                    new ErrorContext("cannot accept clients at " + address + ", trying again every second", cause));
        }
    }

    @Override
    void fail(Throwable failure) {
        if (!closed) {
            engine.report(new ErrorContext("cannot listen any more at " + address, failure));
            closeNow();
        }
    }

    private void moveOrClose() {
        if (server.handOver(this, channel)) {
            closed = true;
            endPause();
            engine.poller().cancelKey(channel);
            engine.poller().flush();
        } else {
            closeNow();
        }
    }

    private void closeNow() {
        closed = true;
        endPause();
        engine.poller().release(this, channel);
    }

    @Override
    void shutDown() {
        if (!closed) {
            closed = true;
            if (!server.handOver(this, channel)) {
                Poller.closeQuietly(channel);
                released();
            }
        }
    }

    @Override
    void released() {
        engine.watches().disown(channel);
        server.released(this);
    }

    @Override
    public String toString() {
        return "listener at " + address;
    }
}
