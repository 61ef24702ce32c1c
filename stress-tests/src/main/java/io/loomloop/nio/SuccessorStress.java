package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A server is closed while a listener of it moves to another loop: the successor is stopped, and nobody waits for less. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "stopped")
@Outcome(expect = FORBIDDEN, desc = "it listens for ever, or who waits finds nobody listening while there is somebody")
@State
public class SuccessorStress {
    private final Meeting start = new Meeting();
    private final Servers servers = new Servers(StreamOptions.DEFAULT, false);
    private final FakeListener leaving = new FakeListener();
    private final FakeListener successor = new FakeListener();

    /** One listens. */
    public SuccessorStress() {
        servers.set(
                List.of(new Server(FakeCompletions.engine(), (reader, writer) -> {}, StreamOptions.DEFAULT, servers)));
        servers.begin(leaving);
    }

    /** Moves. */
    @Actor
    public void io() {
        start.meet();
        servers.begin(successor);
        servers.forget(leaving);
    }

    /** Closes, and looks whether nobody listens any more. */
    @Actor
    public void task(II_Result r) {
        start.meet();
        servers.close();
        r.r1 = servers.isDeaf() ? 1 : 0;
    }

    /** Looks. */
    @Arbiter
    public void look(II_Result r) {
        r.r2 = successor.stopped ? 1 : 0;
    }

    /** A listener that takes its time to close. */
    private static final class FakeListener implements ListeningSocket {
        // any actor sets
        volatile boolean stopped;

        @Override
        public void begin() {}

        @Override
        public void resume() {}

        @Override
        public EventLoop loop() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void leave() {}

        @Override
        public void stop() {
            stopped = true;
        }
    }

    /** Looks first whether the server is closed, and adds the successor then. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SuccessorBroken {
        private final Meeting moment = new Meeting();
        private final Set<String> listening = ConcurrentHashMap.newKeySet();
        private volatile boolean closed;
        private volatile boolean stopped;

        /** One listens. */
        public SuccessorBroken() {
            listening.add("leaving");
        }

        /** Moves. */
        @Actor
        public void io() {
            if (closed) {
                stopped = true;
            }
            moment.pass();
            listening.add("successor");
            listening.remove("leaving");
        }

        /** Closes, and looks whether nobody listens any more. */
        @Actor
        public void task(II_Result r) {
            moment.meet();
            closed = true;
            if (listening.contains("successor")) {
                stopped = true;
            }
            r.r1 = listening.isEmpty() ? 1 : 0;
        }

        /** Looks. */
        @Arbiter
        public void look(II_Result r) {
            r.r2 = stopped ? 1 : 0;
        }
    }
}
