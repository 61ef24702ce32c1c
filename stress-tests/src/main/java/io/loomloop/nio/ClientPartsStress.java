package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The connection and the handler of a client end at a time: it has gone, once. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "gone")
@Outcome(expect = FORBIDDEN, desc = "it is counted for ever, or was taken away twice")
@State
public class ClientPartsStress {
    private final Meeting start = new Meeting();
    private final AtomicInteger told = new AtomicInteger();
    private final Room room = new Room(1, told::incrementAndGet);
    private final SocketEngine engine = FakeCompletions.engine();
    private final Server server = new Server(engine, (reader, writer) -> {}, StreamOptions.DEFAULT);
    private final Clients clients = new Clients(server, room);
    private final StreamSocket socket = OutboundStress.socketOf(new FakeSocket());
    private final Client client = clients.add(socket);

    /** It has the only place, and somebody wants another. */
    public ClientPartsStress() {
        boolean unused = room.take() && room.hasPlace();
    }

    /** The descriptor is free. */
    @Actor
    public void io() {
        start.meet();
        socket.released();
    }

    /** The handler ends. */
    @Actor
    public void task() {
        start.meet();
        client.refuse();
    }

    /** Counts. */
    @Arbiter
    public void count(II_Result r) {
        r.r1 = clients.present();
        r.r2 = told.get();
    }

    /** Counts by a look and a store. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ClientPartsBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger gone = new AtomicInteger();
        private volatile int parts = 2;

        /** The descriptor is free. */
        @Actor
        public void io() {
            int left = parts - 1;
            moment.pass();
            parts = left;
            if (left == 0) {
                gone.incrementAndGet();
            }
        }

        /** The handler ends. */
        @Actor
        public void task() {
            io();
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = gone.get();
        }
    }
}
