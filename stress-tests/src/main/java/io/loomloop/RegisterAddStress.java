package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Something comes while what was newest until then is taken, and the chain is swept: it is there in the end, and nothing else. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "what came is there")
@Outcome(expect = FORBIDDEN, desc = "it is lost, or what was taken is there")
@State
public class RegisterAddStress {
    private final Register<String> register = new Register<>();
    private final Register.Entry<String> goes = new Register.Entry<>("goes");

    /** So many have gone that the next one has the chain swept. */
    public RegisterAddStress() {
        for (int i = 1; i < Register.FEW; i++) {
            Register.Entry<String> gone = new Register.Entry<>("gone");
            register.add(gone);
            register.take(gone);
        }
        register.add(goes);
    }

    /** Takes the newest. */
    @Actor
    public void loop() {
        register.take(goes);
    }

    /** Adds another. */
    @Actor
    public void submitter() {
        register.add(new Register.Entry<>("comes"));
    }

    /** Looks what is there. */
    @Arbiter
    public void end(I_Result r) {
        r.r1 = register.toList().equals(List.of("comes")) ? 1 : 0;
    }

    /** Leaves out the newest one, too, without a look at who came meanwhile. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class RegisterAddBroken {
        private final AtomicReference<@Nullable String> newest = new AtomicReference<>("goes");

        /** Takes the newest. */
        @Actor
        public void loop() {
            if ("goes".equals(newest.get())) {
                Moment.pass();
                newest.set(null);
            }
        }

        /** Adds another. */
        @Actor
        public void submitter() {
            String before;
            do {
                before = newest.get();
            } while (!newest.compareAndSet(before, "comes"));
        }

        /** Looks what is there. */
        @Arbiter
        public void end(I_Result r) {
            r.r1 = "comes".equals(newest.get()) ? 1 : 0;
        }
    }
}
