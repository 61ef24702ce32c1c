package io.loomloop.examples.recipes;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import java.util.concurrent.ExecutorService;

/** OpenTelemetry: a task has the context, and so the span, of who submitted it, before and after it waits. */
public final class OpenTelemetryRecipe {
    private static final ContextKey<Integer> NUMBER = ContextKey.named("number");

    private OpenTelemetryRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Recipe.main(OpenTelemetryRecipe::run);
    }

    static Burst.Result run(ExecutorService executor, Wait wait) throws Exception {
        ExecutorService traced = Context.taskWrapping(executor);
        Burst burst = new Burst();
        return burst.send(number -> Context.current()
                .with(NUMBER, number)
                .wrap(() -> traced.submit(() -> {
                    check(number);
                    burst.serve(wait);
                    check(number);
                    return number;
                }))
                .call());
    }

    private static void check(int expected) {
        Integer found = Context.current().get(NUMBER);
        if (found == null || found != expected) {
            throw new IllegalStateException("expected the context of request " + expected + ", found " + found);
        }
    }
}
