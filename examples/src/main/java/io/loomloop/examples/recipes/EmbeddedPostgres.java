package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tukaani.xz.XZInputStream;

/** A PostgreSQL of our own, from an archive on the class path, in a folder that goes with it. 64-bit Linux with {@code tar}. */
final class EmbeddedPostgres implements AutoCloseable {
    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final String NOBODY = "65534";

    private final Path folder;
    private final Thread lastResort = new Thread(this::stop);
    private int port;

    private EmbeddedPostgres(Path folder) {
        this.folder = folder;
    }

    static EmbeddedPostgres start() throws IOException, InterruptedException {
        EmbeddedPostgres server = new EmbeddedPostgres(Files.createTempDirectory("loomloop-postgres"));
        Runtime.getRuntime().addShutdownHook(server.lastResort);
        server.unpack();
        String data = server.folder.resolve("data").toString();
        server.check(server.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"));
        int code = server.tryStart(data);
        for (int i = 0; i < 5 && code != 0; i++) { // another program may take the port first
            code = server.tryStart(data);
        }
        server.check(code);
        return server;
    }

    private int tryStart(String data) throws IOException, InterruptedException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        String settings = "-c listen_addresses=127.0.0.1 -c port=" + port + " -c unix_socket_directories=" + folder
                + " -c max_connections=150 -c fsync=off";
        return run("pg_ctl", "start", "-w", "-s", "-D", data, "-l", folder.resolve("log") + "", "-o", settings);
    }

    /** Where the driver finds it. */
    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
    }

    private void unpack() throws IOException, InterruptedException {
        try (InputStream archive = EmbeddedPostgres.class.getResourceAsStream(ARCHIVE)) {
            if (archive == null) {
                throw new IOException("not on the class path: " + ARCHIVE);
            }
            Process tar = new ProcessBuilder("tar", "-x", "-C", folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output().toFile())
                    .start();
            try (OutputStream toTar = tar.getOutputStream()) {
                new XZInputStream(archive).transferTo(toTar);
            }
            check(tar.waitFor());
        }
        if (isRoot()) {
            check(execute(List.of("chown", "-R", NOBODY + ":" + NOBODY, folder.toString())));
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** PostgreSQL does not serve root. */
    private int run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        command.add(folder.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        return execute(command);
    }

    /** Not to a pipe, which the server would inherit and hold. */
    private Path output() {
        return folder.resolve("output");
    }

    private int execute(List<String> command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output().toFile())
                .start()
                .waitFor();
    }

    private void check(int code) throws IOException {
        if (code != 0) {
            throw new IOException("PostgreSQL was not started: " + Files.readString(output(), UTF_8));
        }
    }

    private void stop() {
        try {
            String data = folder.resolve("data").toString();
            int unused = run("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", data);
            unused = new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("PostgreSQL may still run, in " + folder, e);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(lastResort);
        stop();
    }
}
