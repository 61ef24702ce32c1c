package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads that share a context use the same token: it is good for one of them. */
@JCStressTest
@Outcome(
        id = {"1, 0", "0, 1"},
        expect = ACCEPTABLE,
        desc = "one has used it")
@Outcome(expect = FORBIDDEN, desc = "both, or neither")
@State
public class TokenStress {
    private static final ContextVar<Integer> VARIABLE = ContextVar.of("variable");

    private final Context context = Context.empty();
    private final ContextVar.Token<Integer> token = ContextHolder.call(context, () -> VARIABLE.set(1));

    /** Uses it. */
    @Actor
    public void user(II_Result r) {
        r.r1 = use();
    }

    /** Uses it too. */
    @Actor
    public void otherUser(II_Result r) {
        r.r2 = use();
    }

    private int use() {
        return ContextHolder.call(context, () -> {
            try {
                VARIABLE.reset(token);
                return 1;
            } catch (IllegalStateException used) {
                return 0;
            }
        });
    }

    /** Looks whether it was used, and uses it then. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class TokenBroken {
        private volatile boolean used;

        /** Uses it. */
        @Actor
        public void user(II_Result r) {
            r.r1 = use();
        }

        /** Uses it too. */
        @Actor
        public void otherUser(II_Result r) {
            r.r2 = use();
        }

        private int use() {
            if (used) {
                return 0;
            }
            Moment.pass();
            used = true;
            return 1;
        }
    }
}
