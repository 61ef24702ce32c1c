package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Servers and connections take socket addresses")
class SocketAddressTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private void connectAndClose(InetSocketAddress address) throws Exception {
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, address, StreamOptions.DEFAULT));
        InetSocketAddress bound = (InetSocketAddress) server.addresses().get(0);
        try (Connection connection = check.call(() -> Streams.openConnection(bound))) {
            assertThat(connection.writer().remoteAddress()).isEqualTo(bound);
        }
        server.close();
        server.waitClosed();
    }

    @Test
    @DisplayName("that are resolved, or are not")
    void addresses() throws Exception {
        connectAndClose(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        connectAndClose(InetSocketAddress.createUnresolved("localhost", 0));
    }

    @Test
    @DisplayName("but not null")
    void nulls() {
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection(null)))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(EchoTest::echo, null, StreamOptions.DEFAULT)))
                .isInstanceOf(NullPointerException.class);
    }
}
