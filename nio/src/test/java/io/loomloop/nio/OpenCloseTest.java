package io.loomloop.nio;

import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Connections that are opened and closed again and again")
@ExtendWith(WarmTls.class)
class OpenCloseTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("5,000 times, some with a reset: descriptors, timers and heap are back at the start")
    void again() throws Exception {
        OpenClose.run(check, 5_000);
    }

    @Test
    @DisplayName(
            "by 1,000 plain clients that connect, send something and reset at once: the loop goes on, and none is left")
    void storm() throws Exception {
        Server server = check.call(
                () -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0, StreamOptions.DEFAULT.withBacklog(2000)));
        Heartbeat.during(check, () -> {
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port());
                client.getOutputStream().write(new byte[100]);
                clients.add(client);
            }
            for (Socket client : clients) {
                client.setSoLinger(true, 0);
                client.close();
            }
            LoopCheck.awaitTrue("none is left", () -> server.connections() == 0);
        });
        LoopCheck.awaitTrue("no timer is left", () -> check.loop().statistics().timers() == 0);
        check.run(() -> {
            server.close();
            server.waitClosed();
        });
    }
}
