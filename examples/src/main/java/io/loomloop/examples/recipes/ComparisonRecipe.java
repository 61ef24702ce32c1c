package io.loomloop.examples.recipes;

import io.loomloop.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** All recipes on a loop, on the JDK's virtual threads, and on one platform thread. Takes minutes, because of the last. */
public final class ComparisonRecipe {
    /** On one thread these would never end. */
    private static final Set<String> WAIT_FOR_THEMSELVES = Set.of("JDK HTTP", "NATS");

    private ComparisonRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
                HazelcastCluster cluster = HazelcastCluster.start()) {
            cluster.add();
            Map<String, Recipe> recipes = new LinkedHashMap<>();
            recipes.put("JDK HTTP", JdkHttpRecipe::run);
            recipes.put("Jetty", JettyRecipe::run);
            recipes.put("Tomcat", TomcatRecipe::run);
            recipes.put("gRPC", GrpcRecipe::run);
            recipes.put(
                    "Hazelcast",
                    (executor, wait) ->
                            HazelcastRecipe.run(executor, wait, cluster.executor(), new ConcurrentSkipListSet<>()));
            recipes.put("HikariCP", (executor, wait) -> HikariRecipe.run(executor, wait, postgres.url()));
            recipes.put("coroutines", CoroutinesRecipe::run);
            recipes.put("OpenTelemetry", OpenTelemetryRecipe::run);
            recipes.put("Spring Boot", SpringRecipe::run);
            for (Map.Entry<String, Recipe> recipe : recipes.entrySet()) {
                compare(recipe.getKey(), recipe.getValue());
            }
        }
        if (NatsServer.isInstalled()) {
            try (NatsServer nats = NatsServer.start()) {
                compare("NATS", (executor, wait) -> NatsRecipe.run(executor, wait, nats.url()));
            }
        }
    }

    private static void compare(String name, Recipe recipe) throws Exception {
        try (ExecutorService warmUp = Executors.newVirtualThreadPerTaskExecutor()) {
            Burst.Result unused = recipe.run(warmUp, Wait.SLEEP); // or the first of them would pay for compiling
        }
        try (EventLoop loop = EventLoop.start()) {
            print(name, "a loop", recipe, loop.executor(), Wait.values());
        }
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            print(name, "the JDK's virtual threads", recipe, virtual, Wait.values());
        }
        if (!WAIT_FOR_THEMSELVES.contains(name)) {
            try (ExecutorService single = Executors.newSingleThreadExecutor()) {
                print(name, "one platform thread", recipe, single, Wait.SLEEP);
            }
        }
    }

    private static void print(String name, String where, Recipe recipe, ExecutorService executor, Wait... waits)
            throws Exception {
        for (Wait wait : waits) {
            System.out.println(name + " on " + where + ", " + wait + ": " + recipe.run(executor, wait));
        }
    }
}
