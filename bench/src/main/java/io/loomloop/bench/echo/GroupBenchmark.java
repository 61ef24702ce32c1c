package io.loomloop.bench.echo;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Requests per second of a server on several loops, beside one on a single loop: each request costs 50 microseconds of a processor. Every
 * server runs in a process of its own, the load in this one; it sends 16 requests at a time and waits for all the answers, so it costs little.
 * The servers take turns, because machines are noisy: what counts is the median of the ratios of neighbours.
 *
 * <p>{@code java -cp benchmarks.jar io.loomloop.bench.echo.GroupBenchmark [loops] [rounds] [millis] [connections] [micros]}, the first with
 * commas; what is left out is {@code 1,2 7 2000 16 50}.
 */
public final class GroupBenchmark {
    private static final int REQUESTS_AT_A_TIME = 16;

    private final int connections;
    private final List<List<Turn>> turns = new ArrayList<>();

    /** What one server did in one turn, and how much of a processor the load took. */
    private record Turn(double perSecond, double load) {}

    private GroupBenchmark(int connections) {
        this.connections = connections;
    }

    public static void main(String[] args) throws IOException {
        List<String> loops = List.of((args.length > 0 ? args[0] : "1,2").split(",", -1));
        int rounds = number(args, 1, 7);
        long nanos = TimeUnit.MILLISECONDS.toNanos(number(args, 2, 2000));
        int steps = Burning.stepsIn(TimeUnit.MICROSECONDS.toNanos(number(args, 4, 50)));
        new GroupBenchmark(number(args, 3, 16)).measure(loops, rounds, nanos, steps);
    }

    private static int number(String[] args, int place, int otherwise) {
        return args.length > place ? Integer.parseInt(args[place]) : otherwise;
    }

    private void measure(List<String> loops, int rounds, long nanos, int steps) throws IOException {
        List<ServerProcess> servers = new ArrayList<>();
        try {
            for (String count : loops) {
                servers.add(new ServerProcess("burning-" + count + "-" + steps));
                turns.add(new ArrayList<>());
            }
            for (ServerProcess server : servers) {
                turn(server, nanos);
            }
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < servers.size(); i++) {
                    turns.get(i).add(turn(servers.get(i), nanos));
                }
            }
        } finally {
            servers.forEach(ServerProcess::close);
        }
        System.out.println("| loops | requests/s | ratio | of a processor for the load |");
        System.out.println("|---|---|---|---|");
        for (int i = 0; i < loops.size(); i++) {
            report(loops.get(i), turns.get(i), turns.get(0));
        }
    }

    private Turn turn(ServerProcess server, long nanos) throws IOException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        try (EchoLoad load = new EchoLoad(server.port, connections, REQUESTS_AT_A_TIME * Burning.REQUEST_BYTES)) {
            load.run(nanos / 4);
            long cpu = threads.getCurrentThreadCpuTime();
            long start = System.nanoTime();
            long answers = load.run(nanos) * REQUESTS_AT_A_TIME;
            double taken = System.nanoTime() - start;
            return new Turn(answers * 1e9 / taken, (threads.getCurrentThreadCpuTime() - cpu) / taken);
        }
    }

    private static void report(String loops, List<Turn> turns, List<Turn> base) {
        double[] ratios = new double[turns.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = turns.get(i).perSecond / base.get(i).perSecond;
        }
        System.out.printf(
                "| %s | %.0f | %.2f | %.2f |%n",
                loops,
                median(turns.stream().mapToDouble(Turn::perSecond).toArray()),
                median(ratios),
                median(turns.stream().mapToDouble(Turn::load).toArray()));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
