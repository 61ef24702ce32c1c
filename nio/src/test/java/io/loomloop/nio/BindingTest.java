package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A server listens where it was told to")
class BindingTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static boolean hasIpv6() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getAllByName("::1")[0])) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static Socket connect(String host, Server server) throws IOException {
        return new Socket(InetAddress.getAllByName(host)[0], server.port());
    }

    @Test
    @DisplayName("0.0.0.0 stands for the IPv4 addresses alone")
    void anyIpv4() throws Exception {
        assumeTrue(hasIpv6(), "needs IPv6");
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, "0.0.0.0", 0));
        if (check.loop().driver() instanceof ProactorDriver) {
            connect("::1", server).close(); // the JDK has no asynchronous sockets of IPv4 alone
        } else {
            assertThatThrownBy(() -> connect("::1", server).close()).isInstanceOf(ConnectException.class);
        }
        connect("127.0.0.1", server).close();
        server.close();
        server.waitClosed();
    }

    @Test
    @DisplayName(":: is an address of IPv6")
    void anyIpv6() throws Exception {
        assumeTrue(hasIpv6(), "needs IPv6");
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, "::", 0));
        assertThat(server.addresses()).hasSize(1);
        try (Socket client = connect("::1", server)) {
            assertThat(((InetSocketAddress) client.getRemoteSocketAddress()).getPort())
                    .isEqualTo(server.port());
        }
        server.close();
        server.waitClosed();
    }
}
