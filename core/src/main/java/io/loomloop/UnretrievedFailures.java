package io.loomloop;

import java.lang.ref.Cleaner;

/**
 * Reports failures that nobody looked at before their future became garbage, so that none is silent: asyncio's
 * "exception was never retrieved".
 */
final class UnretrievedFailures {
    private static final Cleaner CLEANER = Cleaner.create(
            body -> Thread.ofPlatform().daemon().name("loomloop-cleaner").unstarted(body));

    private UnretrievedFailures() {}

    static void watch(LoopFuture<?> future, LoopFuture.Failure failure) {
        EventLoop loop = future.loop();
        String label = future.label();
        CLEANER.register(future, () -> {
            if (!failure.retrieved) {
                loop.failures()
                        .reportOnLoop(new ErrorContext(
                                label + " failed and its exception was never retrieved", failure.exception));
            }
        });
    }
}
