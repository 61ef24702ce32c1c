package io.loomloop.examples.recipes;

import java.util.concurrent.ExecutorService;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.CoroutineDispatcher;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.DelayKt;
import kotlinx.coroutines.ExecutorsKt;
import kotlinx.coroutines.GlobalScope;
import kotlinx.coroutines.future.FutureKt;
import org.jspecify.annotations.Nullable;

/**
 * Kotlin's coroutines: {@code executor.asCoroutineDispatcher()}. What a coroutine blocks on parks a task of the loop, and its
 * {@code delay} is a timer of the loop.
 */
public final class CoroutinesRecipe {
    private CoroutinesRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Recipe.main(CoroutinesRecipe::run);
    }

    static Burst.Result run(ExecutorService executor, Wait wait) throws Exception {
        CoroutineDispatcher dispatcher = ExecutorsKt.from(executor);
        Burst burst = new Burst();
        return burst.send(number -> FutureKt.future(
                GlobalScope.INSTANCE,
                dispatcher,
                CoroutineStart.DEFAULT,
                (scope, then) -> coroutine(burst, wait, then)));
    }

    /** In Kotlin: {@code suspend fun coroutine() { block(); delay(1) }}. */
    private static @Nullable Object coroutine(Burst burst, Wait wait, Continuation<? super Unit> then) {
        try {
            burst.serve(wait);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return DelayKt.delay(1, then);
    }
}
