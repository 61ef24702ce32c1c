package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS: settings")
class TlsSettingsTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static final Tls CLIENT = Tls.client(Certificates.client());
    private static final Tls SERVER = Tls.server(Certificates.server());

    private static SSLParameters of(Tls tls, String host) throws Exception {
        return tls.newEngine(tls.contextFor(null), host, 443).getSSLParameters();
    }

    @Test
    @DisplayName("a client checks the host and tells its name, unless told otherwise")
    void client() throws Exception {
        SSLParameters usual = of(CLIENT, "www.example.org.");
        assertThat(usual.getEndpointIdentificationAlgorithm()).isEqualTo("HTTPS");
        assertThat(usual.getServerNames()).containsExactly(new SNIHostName("www.example.org"));
        assertThat(of(CLIENT.withServerName("b\u00fccher.example"), "x").getServerNames())
                .containsExactly(new SNIHostName("xn--bcher-kva.example"));
        assertThat(of(CLIENT.withoutHostCheck(), "x").getEndpointIdentificationAlgorithm())
                .isNullOrEmpty();
        for (String address : List.of("127.0.0.1", "::1", "[::1]")) {
            assertThat(of(CLIENT, address).getServerNames()).isNullOrEmpty();
        }
        assertThat(of(CLIENT, "my_host").getServerNames()).isNullOrEmpty();
    }

    @Test
    @DisplayName("each setting reaches the engine, and leaves the one it was made of alone")
    void settings() throws Exception {
        Tls tls = SERVER.withProtocols("TLSv1.2")
                .withCiphers("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
                .withApplicationProtocols("h2")
                .withClientAuth(Tls.ClientAuth.NEED);
        SSLParameters parameters = of(tls, null);
        assertThat(parameters.getProtocols()).containsExactly("TLSv1.2");
        assertThat(parameters.getCipherSuites()).containsExactly("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
        assertThat(parameters.getApplicationProtocols()).containsExactly("h2");
        assertThat(parameters.getNeedClientAuth()).isTrue();
        assertThat(of(tls.withClientAuth(Tls.ClientAuth.WANT), null).getWantClientAuth())
                .isTrue();
        assertThat(of(SERVER, null).getApplicationProtocols()).isEmpty();
        assertThat(of(SERVER, null).getNeedClientAuth()).isFalse();
        assertThat(SERVER.handshakeTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(SERVER.shutdownTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(StreamOptions.DEFAULT.withTls(tls).tls()).isSameAs(tls);
        assertThat(StreamOptions.DEFAULT.withTls(tls).withLimit(1).tls()).isSameAs(tls);
        assertThat(StreamOptions.DEFAULT.tls()).isNull();
    }

    @Test
    @DisplayName("what makes no sense is refused at once")
    void badInput() {
        assertThatThrownBy(() -> CLIENT.withServerName("not a name")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CLIENT.withClientAuth(Tls.ClientAuth.NEED)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> CLIENT.withContexts(name -> null)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> SERVER.withServerName("localhost")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(SERVER::withoutHostCheck).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> CLIENT.withProtocols()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CLIENT.withCiphers()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CLIENT.withApplicationProtocols("")).isInstanceOf(IllegalArgumentException.class);
        for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
            assertThatThrownBy(() -> CLIENT.withHandshakeTimeout(none)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> CLIENT.withShutdownTimeout(none)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Tls.client(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Tls.server(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> CLIENT.withServerName(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> CLIENT.withProtocols((String) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> CLIENT.withHandshakeTimeout(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> SERVER.withClientAuth(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> SERVER.withContexts(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withTls(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    @DisplayName("the settings of the other side, and what the context does not know, are refused when they are used")
    void wrongRole() throws Exception {
        check.run(() -> {
            assertThatThrownBy(() -> Streams.openConnection("127.0.0.1", 1, StreamOptions.DEFAULT.withTls(SERVER)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() ->
                            Streams.startServer(EchoTest::echo, "127.0.0.1", 0, StreamOptions.DEFAULT.withTls(CLIENT)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Streams.startServer(
                            EchoTest::echo,
                            "127.0.0.1",
                            0,
                            StreamOptions.DEFAULT.withTls(SERVER.withProtocols("TLSv9"))))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }

    @Test
    @DisplayName("the name in a greeting is found, whatever else is in it; nonsense has none and is not waited for")
    void clientHello() throws Exception {
        SSLEngine engine =
                CLIENT.withApplicationProtocols("h2").newEngine(Certificates.client(), "WWW.Example.org", 443);
        ByteBuffer hello = ByteBuffer.allocate(20_000);
        engine.wrap(ByteBuffer.allocate(0), hello);
        hello.flip();
        for (int size = 0; size < hello.limit(); size++) {
            assertThat(ClientHello.isComplete(hello.duplicate().limit(size)))
                    .as("%s bytes", size)
                    .isFalse();
            assertThat(ClientHello.serverName(hello.duplicate().limit(size).slice()))
                    .isNull();
        }
        assertThat(ClientHello.isComplete(hello)).isTrue();
        assertThat(ClientHello.serverName(hello)).isEqualTo("www.example.org");
        assertThat(ClientHello.isComplete(ByteBuffer.wrap(new byte[] {'G'}))).isTrue();
        assertThat(ClientHello.isComplete(ByteBuffer.wrap(new byte[] {22, 3, 1, -1, -1})))
                .isTrue();
        Random random = new Random(5);
        IntStream.range(0, 20_000).forEach(i -> {
            byte[] bytes = new byte[hello.limit()];
            hello.duplicate().get(bytes);
            for (int j = random.nextInt(4); j >= 0; j--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            String name = ClientHello.serverName(ByteBuffer.wrap(bytes));
            assertThat(name == null || name.matches("[a-z0-9._-]{1,255}")).isTrue();
        });
    }
}
