package io.loomloop.bench.echo;

import io.loomloop.bench.report.Figure;
import io.loomloop.bench.report.Latencies;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * One number of connections and one size of messages, with servers of its own, warmed up by it. They take turns, because machines are
 * noisy: what counts is the ratio of neighbours, and the medians of those.
 */
record Cell(String table, Wire wire, int connections, int size, long nanos) {
    /** Connects clients to a server. */
    interface Wire {
        EchoLoad connect(int port, int connections, int size) throws IOException;
    }

    /** What one server did in one turn. */
    private record Turn(double perSecond, double microsEach) {}

    /** What one server did in all its turns. */
    private record Turns(ServerProcess server, List<Turn> list, Latencies latencies) {
        double[] each(Turns base, ToDoubleFunction<Turn> of) {
            double[] ratios = new double[list.size()];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] = of.applyAsDouble(list.get(i)) / of.applyAsDouble(base.list.get(i));
            }
            return ratios;
        }

        double median(ToDoubleFunction<Turn> of) {
            return Cell.median(list.stream().mapToDouble(of).toArray());
        }
    }

    /**
     * Measures all cells and prints their figures.
     *
     * @param args servers, connections, sizes, with commas; rounds, milliseconds; all may be left out
     * @param otherwise what is taken for the first three
     */
    static void measureAll(String table, Wire wire, String[] args, List<String> otherwise) throws IOException {
        List<String> servers = list(args, 0, otherwise.get(0));
        int rounds = Integer.parseInt(list(args, 3, "5").get(0));
        long nanos = TimeUnit.MILLISECONDS.toNanos(
                Long.parseLong(list(args, 4, "1000").get(0)));
        for (String count : list(args, 1, otherwise.get(1))) {
            for (String size : list(args, 2, otherwise.get(2))) {
                new Cell(table, wire, Integer.parseInt(count), Integer.parseInt(size), nanos).measure(servers, rounds);
            }
        }
    }

    private static List<String> list(String[] args, int place, String otherwise) {
        return List.of((args.length > place ? args[place] : otherwise).split(",", -1));
    }

    private void measure(List<String> names, int rounds) throws IOException {
        List<Turns> servers = new ArrayList<>();
        try {
            for (String name : names) {
                servers.add(new Turns(new ServerProcess(name), new ArrayList<>(), new Latencies()));
            }
            for (int warmup = 0; warmup < 2; warmup++) {
                for (Turns turns : servers) {
                    turn(turns.server, 2 * nanos, new Latencies());
                }
            }
            for (int round = 0; round < rounds; round++) {
                for (Turns turns : servers) {
                    turns.list.add(turn(turns.server, nanos, turns.latencies));
                }
            }
        } finally {
            servers.forEach(turns -> turns.server.close());
        }
        servers.forEach(turns -> report(turns, servers.get(0)));
    }

    private Turn turn(ServerProcess server, long time, Latencies latencies) throws IOException {
        try (EchoLoad load = wire.connect(server.port, connections, size)) {
            load.run(time / 4);
            load.latencies = latencies;
            long cpu = server.cpuNanos();
            long start = System.nanoTime();
            long answers = load.run(time);
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Turn(answers / seconds, (server.cpuNanos() - cpu) / 1e3 / Math.max(1, answers));
        }
    }

    private void report(Turns turns, Turns base) {
        String work = String.format(
                Locale.ROOT, "%,d connection%s, %,d bytes", connections, connections == 1 ? "" : "s", size);
        String peer = turns.server.name;
        List<Figure> figures = new ArrayList<>(List.of(
                new Figure(table, work, peer, "requests/s", turns.median(Turn::perSecond)),
                new Figure(table, work, peer, "ratio", median(turns.each(base, Turn::perSecond))),
                new Figure(table, work, peer, "CPU us", turns.median(Turn::microsEach)),
                new Figure(table, work, peer, "ratio of CPU", median(turns.each(base, Turn::microsEach)))));
        figures.addAll(turns.latencies.figures(table, work, peer));
        figures.forEach(System.out::println);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
