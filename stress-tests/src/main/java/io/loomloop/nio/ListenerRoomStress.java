package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** The last place is given back while the I/O thread stops to listen, because there is none: it listens again. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "it listens")
@Outcome(expect = FORBIDDEN, desc = "there is room and nobody listens")
@State
public class ListenerRoomStress {
    private final Meeting start = new Meeting();
    private static final StreamOptions ONE_CLIENT = StreamOptions.DEFAULT.withMaxConnections(1);

    private final FakeSelector selector = new FakeSelector();
    private final Poller poller = selector.poller();
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final SocketEngine engine = new SocketEngine(loop, poller, false);
    private final Servers servers = new Servers(ONE_CLIENT, false);
    private final Server server = new Server(engine, (reader, writer) -> {}, ONE_CLIENT, servers);
    private final Listener listener;
    private final SelectionKey key;

    /** It listens, and there is no room. */
    public ListenerRoomStress() {
        FakeServerSocket channel = new FakeServerSocket();
        try {
            channel.configureBlocking(false);
            listener = new Listener(engine, server, channel, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        servers.set(List.of(server));
        servers.begin(listener);
        poller.poll(0);
        key = Objects.requireNonNull(channel.keyFor(selector));
        boolean unused = server.takePlace();
    }

    /** A client has come. */
    @Actor
    public void io() {
        start.meet();
        listener.ready(key, SelectionKey.OP_ACCEPT);
    }

    /** The other one leaves. */
    @Actor
    public void leave() {
        start.meet();
        server.leavePlace();
    }

    /** Listens again, if that was asked for. */
    @Arbiter
    public void look(I_Result r) {
        poller.poll(0);
        r.r1 = key.interestOps() == SelectionKey.OP_ACCEPT ? 1 : 0;
    }

    /** Who leaves changes the interest himself, and the I/O thread takes it away after that. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ListenerRoomBroken {
        private final Meeting moment = new Meeting();
        private final Room room = new Room(1, () -> interest = 1);
        private volatile int interest = 1;

        /** There is no room. */
        public ListenerRoomBroken() {
            boolean unused = room.take();
        }

        /** A client has come. */
        @Actor
        public void io() {
            if (!room.take()) {
                moment.pass();
                interest = 0;
            }
        }

        /** The other one leaves. */
        @Actor
        public void leave() {
            moment.meet();
            room.giveBack();
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = interest;
        }
    }
}
