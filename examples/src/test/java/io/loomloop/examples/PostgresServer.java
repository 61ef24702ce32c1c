package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL of our own, on a free port of the loopback interface, with its data in a folder that goes with it. */
final class PostgresServer implements AutoCloseable {
    private final Path programs;
    private final Path folder;
    private final Thread lastResort = new Thread(this::stop);
    private int port;

    private PostgresServer(Path programs, Path folder) {
        this.programs = programs;
        this.folder = folder;
    }

    static PostgresServer start() throws IOException, InterruptedException {
        if (programs() == null) {
            Debian.needs("pg_ctlcluster", "postgresql");
        }
        PostgresServer server = new PostgresServer(programs(), Files.createTempDirectory("loomloop-postgres"));
        if (isRoot()) {
            assertThat(run(List.of("chown", "postgres", server.folder.toString())))
                    .isZero();
        }
        String data = server.folder.resolve("data").toString();
        assertThat(server.runAsPostgres(
                        "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"))
                .isZero();
        Runtime.getRuntime().addShutdownHook(server.lastResort);
        for (int i = 0; !server.tryStart(data); i++) { // another program may take the port first
            assertThat(i).as("attempts to start PostgreSQL").isLessThan(5);
        }
        return server;
    }

    private boolean tryStart(String data) throws IOException, InterruptedException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        String settings = "-c listen_addresses=127.0.0.1 -c port=" + port + " -c unix_socket_directories=" + folder
                + " -c max_connections=150 -c fsync=off -c client_connection_check_interval=100ms";
        String log = folder.resolve("log").toString();
        return runAsPostgres("pg_ctl", "start", "-w", "-s", "-D", data, "-l", log, "-o", settings) == 0;
    }

    /** Where Debian has the programs of the newest version; null when there are none. */
    private static Path programs() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(versions)) {
            return null;
        }
        try (Stream<Path> found = Files.list(versions)) {
            return found.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Path::compareTo)
                    .orElse(null);
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** PostgreSQL does not serve root. */
    private int runAsPostgres(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        return run(command);
    }

    private static int run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("loomloop", ".out"); // not a pipe, which the server would inherit and hold
        try {
            int code = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start()
                    .waitFor();
            if (code != 0) {
                System.err.println(command + " ended with " + code + ": " + Files.readString(output, UTF_8));
            }
            return code;
        } finally {
            Files.delete(output);
        }
    }

    /** A new connection; from a task it lets others run while it waits. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
    }

    private void stop() {
        try {
            String data = folder.resolve("data").toString();
            runAsPostgres("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", data);
            run(List.of("rm", "-rf", folder.toString()));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("PostgreSQL may still run, in " + folder, e);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(lastResort);
        stop();
    }
}
