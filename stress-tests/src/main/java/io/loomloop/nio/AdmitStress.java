package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A client is admitted while its server and the server's clients are closed: it is closed, by either side. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "closed")
@Outcome(expect = FORBIDDEN, desc = "the client is left to a server that was closed")
@State
public class AdmitStress {
    private static final ServerSocketChannel LISTENING;

    static {
        try {
            LISTENING = ServerSocketChannel.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final Poller poller = new FakeSelector().poller();
    private final Server server =
            new Server(new SocketEngine(loop, poller, false), (reader, writer) -> {}, StreamOptions.DEFAULT);
    private final FakeSocket client = new FakeSocket();

    /** Closes. */
    @Actor
    public void task() {
        server.close();
        server.closeClients();
    }

    /** Admits. */
    @Actor
    public void io() {
        server.admit(client, LISTENING);
    }

    /** Closes the channel, if that was asked for. */
    @Arbiter
    public void look(I_Result r) {
        poller.poll(0);
        r.r1 = client.isOpen() ? 0 : 1;
    }

    /** Looks first whether the server is closed, and adds the client then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AdmitBroken {
        private final Set<Object> clients = ConcurrentHashMap.newKeySet();
        private volatile boolean closed;
        private volatile boolean clientClosed;

        /** Closes. */
        @Actor
        public void task() {
            closed = true;
            if (!clients.isEmpty()) {
                clientClosed = true;
            }
        }

        /** Admits. */
        @Actor
        public void io() {
            if (closed) {
                clientClosed = true;
            } else {
                clients.add(this);
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = clientClosed ? 1 : 0;
        }
    }
}
