package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomloop.EventLoop;
import java.io.BufferedReader;
import java.io.File;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Too many open files")
class AcceptErrorTest {
    @Test
    @DisplayName(
            "row 74: the server pauses, says so once, does not spin, keeps its heartbeat, and goes on when files are free")
    void tooManyOpenFiles() throws Exception {
        assumeTrue(File.separatorChar == '/', "ulimit is of Unix");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process child = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n 64 && exec \"$0\" \"$@\"",
                        java,
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "-cp",
                        classPath(EventLoop.class, Streams.class, TooManyFiles.class),
                        TooManyFiles.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Socket> clients = new ArrayList<>();
        try (BufferedReader said = child.inputReader()) {
            int port = Integer.parseInt(said.readLine());
            for (int i = 0; i < 200; i++) {
                clients.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            assertThat(said.readLine()).contains("cannot accept clients", "Too many open files");
            assertThat(said.readLine()).as("CPU of a second in the pause").isEqualTo("idle");
            for (Socket client : clients.subList(0, 190)) {
                client.close();
            }
            for (Socket client : clients.subList(190, 200)) {
                client.getOutputStream().write(7);
                assertThat(client.getInputStream().read()).isEqualTo(7);
                client.close();
            }
            child.getOutputStream().close();
            assertThat(said.readLine()).isEqualTo("the heart has beaten");
            assertThat(said.readLine()).isEqualTo("1 report");
        } finally {
            child.destroy();
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    /** No more than is needed: each jar takes a descriptor. */
    private static String classPath(Class<?>... types) throws URISyntaxException {
        List<String> places = new ArrayList<>();
        for (Class<?> type : types) {
            places.add(Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, places);
    }
}
