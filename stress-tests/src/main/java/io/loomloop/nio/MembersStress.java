package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A connection begins while its loop closes: it is shut down. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "shut down")
@Outcome(expect = FORBIDDEN, desc = "it outlives its loop")
@State
public class MembersStress {
    private final Meeting start = new Meeting();
    private static final EventLoop LOOP = EventLoop.open();

    private final CompletionEngine completions = FakeCompletions.completions(LOOP);
    // either actor sets
    private volatile boolean shutDown;

    /** Begins. */
    @Actor
    public void io() {
        start.meet();
        completions.add(() -> shutDown = true);
    }

    /** Closes. */
    @Actor
    public void closer() {
        start.meet();
        completions.shutDownAll();
    }

    /** Looks. */
    @Arbiter
    public void look(I_Result r) {
        r.r1 = shutDown ? 1 : 0;
    }

    /** Looks first whether the loop closes, and adds it then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class MembersBroken {
        private final Meeting moment = new Meeting();
        private final Set<Object> members = ConcurrentHashMap.newKeySet();
        private volatile boolean closed;
        private volatile boolean shutDown;

        /** Begins. */
        @Actor
        public void io() {
            if (closed) {
                shutDown = true;
            }
            moment.pass();
            members.add(this);
        }

        /** Closes. */
        @Actor
        public void closer() {
            moment.meet();
            closed = true;
            if (!members.isEmpty()) {
                shutDown = true;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = shutDown ? 1 : 0;
        }
    }
}
