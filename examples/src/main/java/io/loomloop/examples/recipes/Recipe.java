package io.loomloop.examples.recipes;

import io.loomloop.EventLoop;
import java.util.concurrent.ExecutorService;

/** A library that is given an executor, and then {@link Burst#REQUESTS} requests at the same time. */
@FunctionalInterface
interface Recipe {
    /** Has the requests served by threads of the executor; each of them waits in that way. */
    Burst.Result run(ExecutorService executor, Wait wait) throws Exception;

    /** What the programs do: runs the recipe on a loop, and prints what came of it. */
    static void main(Recipe recipe) throws Exception {
        try (EventLoop loop = EventLoop.start()) {
            for (Wait wait : Wait.values()) {
                System.out.println(wait + ": " + recipe.run(loop.executor(), wait));
            }
        }
    }
}
