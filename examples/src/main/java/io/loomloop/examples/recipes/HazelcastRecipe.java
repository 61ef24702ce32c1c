package io.loomloop.examples.recipes;

import com.hazelcast.core.IExecutorService;
import io.loomloop.Body;
import io.loomloop.EventLoop;
import java.io.Serializable;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;

/** Hazelcast, the way past one machine: the requests are tasks that wait for calls which the members of a cluster run. */
public final class HazelcastRecipe {
    private HazelcastRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Set<Long> processes = new ConcurrentSkipListSet<>();
        try (HazelcastCluster cluster = HazelcastCluster.start()) {
            cluster.add();
            Recipe.main((executor, wait) -> run(executor, wait, cluster.executor(), processes));
        }
        System.out.println("calls were run in the processes " + processes + ", this is " + thisProcess());
    }

    /** Has each request wait in that way at some member, and adds the processes where they did. */
    static Burst.Result run(ExecutorService executor, Wait wait, IExecutorService cluster, Set<Long> processes)
            throws Exception {
        boolean loop = executor instanceof ScheduledExecutorService; // unlike those that it is compared with
        Burst burst = new Burst();
        return burst.send(number -> executor.submit(() -> burst.serve(() -> {
            Call call = new Call(number, wait);
            Future<Served> sent = loop ? EventLoop.current().runInExecutor(cluster, call) : cluster.submit(call);
            Served served = sent.get();
            if (served.number() != number) {
                throw new IllegalStateException("the result of another call: " + served);
            }
            return processes.add(served.process());
        })));
    }

    /** What is sent to a member. */
    record Call(int number, Wait how) implements Body<Served, InterruptedException>, Callable<Served>, Serializable {
        @Override
        public Served call() throws InterruptedException {
            how.block();
            return new Served(number, thisProcess());
        }
    }

    /** What comes back, and from which process. */
    record Served(int number, long process) implements Serializable {}

    static long thisProcess() {
        return ProcessHandle.current().pid();
    }
}
