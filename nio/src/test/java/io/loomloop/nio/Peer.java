package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A connection of ours to a plain socket, which the test holds in its hand. */
final class Peer implements AutoCloseable {
    final Connection connection;
    final StreamReader reader;
    final StreamWriter writer;
    final Socket socket;

    private Peer(Connection connection, Socket socket) {
        this.connection = connection;
        this.reader = connection.reader();
        this.writer = connection.writer();
        this.socket = socket;
    }

    static Peer connect(LoopCheck check) throws Exception {
        return connect(check, StreamOptions.DEFAULT);
    }

    /** Small buffers on the plain side, so that a peer that does not read is soon felt. */
    static Peer connect(LoopCheck check, StreamOptions options) throws Exception {
        try (ServerSocket listening = new ServerSocket()) {
            listening.setReceiveBufferSize(8 << 10);
            listening.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Connection connection =
                    check.call(() -> Streams.openConnection("127.0.0.1", listening.getLocalPort(), options));
            return new Peer(connection, listening.accept());
        }
    }

    Peer send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
        return this;
    }

    /** Ends the connection with a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static final class Secured {
        static final SSLContext SERVER = Certificates.server();
        static final Tls CLIENT = Tls.client(Certificates.client());
    }

    /** As {@link #connect(LoopCheck, StreamOptions)}, with TLS. */
    static Peer connectSecurely(LoopCheck check, StreamOptions options) throws Exception {
        try (ServerSocket listening = new ServerSocket()) {
            listening.setReceiveBufferSize(8 << 10);
            listening.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            StreamOptions secured = options.withTls(Secured.CLIENT);
            Task<Connection> opening = check.loop()
                    .createTask(() -> Streams.openConnection("localhost", listening.getLocalPort(), secured));
            Socket plain = listening.accept();
            SSLSocket tls = (SSLSocket) Secured.SERVER.getSocketFactory().createSocket(plain, null, 0, false);
            tls.setUseClientMode(false);
            tls.startHandshake();
            return new Peer(LoopCheck.join(opening), plain);
        }
    }

    /** Everything the peer gets until the end of the stream. */
    byte[] receiveAll() throws IOException {
        return socket.getInputStream().readAllBytes();
    }

    @Override
    public void close() throws IOException {
        connection.close();
        socket.close();
    }
}
