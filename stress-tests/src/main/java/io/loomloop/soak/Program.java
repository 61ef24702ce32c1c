package io.loomloop.soak;

import java.util.Random;

/** Something to do on loops again and again that knows what has to come out. */
@FunctionalInterface
public interface Program {
    /**
     * Does some of it, a tenth of a second or so, and checks what came out. Called in a platform thread, by one at a time.
     *
     * @param field where to do it; its loops are used by other programs meanwhile
     * @param random decides everything that chance decides
     * @return how many operations that were
     * @throws Exception or an Error, when something was lost, or happened twice, or is wrong
     */
    long round(Field field, Random random) throws Exception;
}
