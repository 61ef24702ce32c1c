package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.channels.MembershipKey;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Datagrams to several at once")
@SuppressWarnings("AddressSelection") // literal addresses have one
class DatagramGroupTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static NetworkInterface loopback() throws IOException {
        return Objects.requireNonNull(NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1")));
    }

    @Test
    @DisplayName("a group: members get what is sent to it, but not what is sent while they are out")
    void multicast() throws Exception {
        check.run(() -> {
            NetworkInterface over = loopback();
            InetAddress group = InetAddress.getByName("239.255.77.1");
            DatagramOptions shared = DatagramOptions.DEFAULT
                    .withSocketOption(StandardSocketOptions.SO_REUSEADDR, true)
                    .withSocketOption(StandardSocketOptions.IP_MULTICAST_IF, over)
                    .withSocketOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            try (DatagramEndpoint first = DatagramEndpoint.bind("0.0.0.0", 0, shared);
                    DatagramEndpoint second = DatagramEndpoint.bind("0.0.0.0", first.port(), shared)) {
                InetSocketAddress members = new InetSocketAddress(group, first.port());
                MembershipKey membership = first.join(group, over);
                second.join(group, over);
                first.send("all", members);
                assertThat(first.receive().text()).isEqualTo("all");
                assertThat(second.receive().text()).isEqualTo("all");

                membership.drop();
                second.send("without the first", members);
                first.join(group, over);
                second.send("again", members);
                assertThat(first.receive().text()).isEqualTo("again");
                assertThat(second.receive().text()).isEqualTo("without the first");
                assertThat(second.receive().text()).isEqualTo("again");
            }
        });
    }

    @Test
    @DisplayName("a group of IPv6 can be joined and left")
    void multicast6() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint member = DatagramEndpoint.bind("::", 0)) {
                MembershipKey membership = member.join(InetAddress.getByName("ff02::7:71"), loopback());
                assertThat(membership.isValid()).isTrue();
                membership.drop();
                assertThat(membership.isValid()).isFalse();
            }
        });
    }

    @Test
    @DisplayName("a group, of one sender alone: others are not heard")
    void sourceSpecific() throws Exception {
        check.run(() -> {
            NetworkInterface over = loopback();
            InetAddress group = InetAddress.getByName("232.1.2.3");
            DatagramOptions sending =
                    DatagramOptions.DEFAULT.withSocketOption(StandardSocketOptions.IP_MULTICAST_IF, over);
            try (DatagramEndpoint member = DatagramEndpoint.bind("0.0.0.0", 0);
                    DatagramEndpoint wanted = DatagramEndpoint.bind("127.0.0.1", 0, sending);
                    DatagramEndpoint other = DatagramEndpoint.bind("127.0.0.2", 0, sending)) {
                member.join(group, over, InetAddress.getByName("127.0.0.1"));
                InetSocketAddress members = new InetSocketAddress(group, member.port());
                other.send("from the other", members);
                wanted.send("from the wanted", members);
                assertThat(member.receive().text()).isEqualTo("from the wanted");
            }
        });
    }

    @Test
    @DisplayName("a broadcast needs the option, and arrives")
    void broadcast() throws Exception {
        check.run(() -> {
            InetAddress everybody = InetAddress.getByName("127.255.255.255");
            try (DatagramEndpoint server = DatagramEndpoint.bind("0.0.0.0", 0);
                    DatagramEndpoint client =
                            DatagramEndpoint.bind("127.0.0.1", 0, DatagramOptions.DEFAULT.withBroadcast(true))) {
                client.send("to all", new InetSocketAddress(everybody, server.port()));
                assertThat(server.receive().text()).isEqualTo("to all");
            }
        });
    }
}
