package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has the JVM do what it does once for its first handshakes, before there is a loop that a test watches for its beats. */
final class WarmTls implements BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        try (EventLoop loop = EventLoop.start()) {
            Server server = loop.createTask(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0, TlsTest.SERVER))
                    .get();
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), version);
                try (peer) {
                    peer.shakeHands().send(peer.record(new byte[1]));
                    byte[] unused = peer.read();
                }
            }
            server.closeClients();
            server.close();
        }
    }
}
