package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two take what is on both sides of something that stays, so that one of them sweeps, and then list: they meet what stays, once. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "met once")
@Outcome(expect = FORBIDDEN, desc = "missed, or met twice")
@State
public class RegisterStress {
    private final Register<String> register = new Register<>();
    private final Register.Entry<String> older = new Register.Entry<>("goes");
    private final Register.Entry<String> newer = new Register.Entry<>("goes too");

    /** So many have gone that the next one has the chain swept. */
    public RegisterStress() {
        register.add(older);
        register.add(new Register.Entry<>("stays"));
        register.add(newer);
        for (int i = 1; i < Register.FEW; i++) {
            Register.Entry<String> gone = new Register.Entry<>("gone");
            register.add(gone);
            register.take(gone);
        }
    }

    /** Takes the older one. */
    @Actor
    public void one() {
        register.take(older);
    }

    /** Takes the newer one, and lists. */
    @Actor
    public void two(I_Result r) {
        register.take(newer);
        List<String> there = register.toList();
        r.r1 = there.indexOf("stays") < 0 ? 0 : 1 + there.lastIndexOf("stays") - there.indexOf("stays");
    }

    /** Cuts the link of what it takes, so whoever stands there finds nothing older. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class RegisterBroken {
        private static final class Link {
            volatile @Nullable Link older;
        }

        private final Link stays = new Link();
        private final Link goes = new Link();
        private final Link newest = new Link();

        /** One is in the middle. */
        public RegisterBroken() {
            newest.older = goes;
            goes.older = stays;
        }

        /** Takes that. */
        @Actor
        public void one() {
            newest.older = stays;
            goes.older = null;
        }

        /** Lists. */
        @Actor
        public void two(I_Result r) {
            for (Link link = newest; link != null; link = link.older) {
                r.r1 += link == stays ? 1 : 0;
                Moment.pass();
            }
        }
    }
}
