package io.loomloop;

import java.util.List;

/**
 * What {@link Async#waitAll} found: each future once, in the order in which they were given.
 *
 * @param done those that were done, in whatever way
 * @param pending the others, which go on
 */
public record WaitResult<F extends LoopFuture<?>>(List<F> done, List<F> pending) {
    /** Copies both lists. */
    public WaitResult {
        done = List.copyOf(done);
        pending = List.copyOf(pending);
    }
}
