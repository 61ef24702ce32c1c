package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A client that breaks its connection off")
class LostClientTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private void serveOneThatResets(ClientHandler handler) throws Exception {
        Server server = check.call(() -> Streams.startServer(handler, "127.0.0.1", 0));
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port());
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(8);
        client.setSoLinger(true, 0);
        client.close();
        server.close();
        server.waitClosed();
        LoopCheck.awaitTrue("the handler has ended", () -> check.loop().tasks().isEmpty());
    }

    @Test
    @DisplayName("is no failure of the handler")
    void reset() throws Exception {
        serveOneThatResets((reader, writer) -> {
            reader.readExactly(1);
            writer.write(new byte[] {8});
            reader.readExactly(1);
        });
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("does not hide the failure of another connection")
    void otherFailure() throws Exception {
        serveOneThatResets((reader, writer) -> {
            reader.readExactly(1);
            writer.write(new byte[] {8});
            try {
                reader.readExactly(1);
            } catch (IOException e) {
                throw new SocketException("of the database");
            }
        });
        assertThat(check.takeError().exception()).hasMessage("of the database");
    }
}
