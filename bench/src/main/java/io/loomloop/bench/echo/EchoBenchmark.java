package io.loomloop.bench.echo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Requests per second and processor time per request of servers that echo, beside Netty's with one event loop. Every server runs in
 * a process of its own, the load in this one, and they take turns, because machines are noisy: what counts is the ratio of
 * neighbours, and the medians of those.
 *
 * <p>{@code java -cp benchmarks.jar io.loomloop.bench.echo.EchoBenchmark [servers] [connections] [bytes] [rounds] [millis]}, the first
 * three with commas; the first server is what the others are compared with.
 */
public final class EchoBenchmark {
    private EchoBenchmark() {}

    public static void main(String[] args) throws Exception {
        List<String> servers = list(args, 0, "netty,selector,selector-thread,proactor");
        List<String> connections = list(args, 1, "1,64,1000");
        List<String> sizes = list(args, 2, "64,1024,65536");
        int rounds = Integer.parseInt(list(args, 3, "5").get(0));
        long nanos = TimeUnit.MILLISECONDS.toNanos(
                Long.parseLong(list(args, 4, "1000").get(0)));
        System.out.println("| connections | bytes | server | requests/s | ratio | CPU us/request | ratio |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (String count : connections) {
            for (String size : sizes) {
                new Cell(Integer.parseInt(count), Integer.parseInt(size), nanos).measure(servers, rounds);
            }
        }
    }

    private static List<String> list(String[] args, int place, String otherwise) {
        return List.of((args.length > place ? args[place] : otherwise).split(","));
    }

    /** What one server did in one turn. */
    record Turn(double perSecond, double microsEach) {}

    /** One number of connections and one size of messages, with servers of its own, warmed up by it. */
    private record Cell(int connections, int size, long nanos) {
        void measure(List<String> names, int rounds) throws IOException {
            List<ServerProcess> servers = new ArrayList<>();
            try {
                for (String name : names) {
                    servers.add(new ServerProcess(name));
                }
                for (int warmup = 0; warmup < 2; warmup++) {
                    for (ServerProcess server : servers) {
                        turn(server, 2 * nanos);
                    }
                }
                for (int round = 0; round < rounds; round++) {
                    for (ServerProcess server : servers) {
                        server.turns.add(turn(server, nanos));
                    }
                }
            } finally {
                servers.forEach(ServerProcess::close);
            }
            for (ServerProcess server : servers) {
                report(server.name, server.turns, servers.get(0).turns);
            }
        }

        private Turn turn(ServerProcess server, long time) throws IOException {
            try (EchoLoad load = new EchoLoad(server.port, connections, size)) {
                load.run(time / 4);
                long cpu = server.cpuNanos();
                long start = System.nanoTime();
                long answers = load.run(time);
                double seconds = (System.nanoTime() - start) / 1e9;
                return new Turn(answers / seconds, (server.cpuNanos() - cpu) / 1e3 / Math.max(1, answers));
            }
        }

        private void report(String name, List<Turn> turns, List<Turn> base) {
            double[] throughput = new double[turns.size()];
            double[] cpu = new double[turns.size()];
            for (int i = 0; i < turns.size(); i++) {
                throughput[i] = turns.get(i).perSecond / base.get(i).perSecond;
                cpu[i] = turns.get(i).microsEach / base.get(i).microsEach;
            }
            System.out.printf(
                    "| %d | %d | %s | %.0f | %.2f | %.2f | %.2f |%n",
                    connections,
                    size,
                    name,
                    median(turns.stream().mapToDouble(Turn::perSecond).toArray()),
                    median(throughput),
                    median(turns.stream().mapToDouble(Turn::microsEach).toArray()),
                    median(cpu));
        }

        private static double median(double[] values) {
            Arrays.sort(values);
            return values[values.length / 2];
        }
    }

    /** A server in a JVM of its own. */
    static final class ServerProcess implements AutoCloseable {
        final String name;
        final int port;
        final List<Turn> turns = new ArrayList<>();
        private final Process process;
        private final BufferedReader said;
        private final PrintStream asked;

        ServerProcess(String name) throws IOException {
            this.name = name;
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--add-opens=java.base/java.lang=ALL-UNNAMED",
                            "-Xmx1g",
                            "-cp",
                            System.getProperty("java.class.path"),
                            EchoServer.class.getName(),
                            name)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            said = process.inputReader(StandardCharsets.UTF_8);
            asked = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
            port = (int) answer();
        }

        long cpuNanos() {
            asked.println();
            return answer();
        }

        private long answer() {
            try {
                String line = said.readLine();
                if (line == null) {
                    throw new IllegalStateException("the server has ended");
                }
                return Long.parseLong(line);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            asked.close();
            process.onExit().join();
        }
    }
}
