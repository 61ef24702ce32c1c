package io.loomloop.nio;

import java.io.IOException;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection that was opened: its reader and its writer. What {@link Streams#openConnection(String, int)} returns.
 *
 * <pre>{@code
 * try (Connection connection = Streams.openConnection("localhost", 7)) {
 *     connection.writer().write("hello\n");
 *     connection.writer().drain();
 *     byte[] line = connection.reader().readLine();
 * }
 * }</pre>
 *
 * <p>Belongs to the loop that opened it; all methods here but {@link #waitClosed} may be called from any thread, the streams say for
 * themselves. A connection that was forgotten, so that neither it nor its reader or writer can be reached any more, is closed by the
 * garbage collector, with a warning in the log.
 */
public final class Connection implements AutoCloseable {
    private final StreamReader reader;
    private final StreamWriter writer;

    // the name that was connected to
    private final @Nullable String host;

    Connection(SocketStream socket) {
        this(socket, socket, null);
    }

    Connection(ByteSource source, ByteSink sink, @Nullable String host) {
        this.reader = new StreamReader(source);
        this.writer = new StreamWriter(sink);
        this.host = host;
        source.enterTasks();
        reader.belongsTo(writer);
        sink.outcome().watch(new Forgotten(writer, sink));
    }

    /** The name that was connected to, or null. */
    @Nullable
    String host() {
        return host;
    }

    /** What the peer sends. */
    public StreamReader reader() {
        return reader;
    }

    /** What the peer gets. */
    public StreamWriter writer() {
        return writer;
    }

    /** As {@link StreamWriter#remoteAddress}. */
    public SocketAddress remoteAddress() {
        return writer.remoteAddress();
    }

    /** As {@link StreamWriter#localAddress}. */
    public SocketAddress localAddress() {
        return writer.localAddress();
    }

    /** True once the connection is closed, being closed, or lost. */
    public boolean isClosing() {
        return writer.isClosing();
    }

    /**
     * Secures this connection: asyncio's {@code start_tls}. As {@link Streams#upgradeToTls}; a client checks the certificate against the
     * name that was connected to, unless its settings have another.
     *
     * @return the secured connection; this one, its reader and its writer cannot be used any more
     */
    public Connection upgradeToTls(Tls tls) throws IOException {
        return TlsUpgrade.upgrade(reader, writer, tls, host);
    }

    /** What the handshake has agreed on, or null without TLS; see {@link StreamWriter#sslSession}. Any thread. */
    public @Nullable SSLSession sslSession() {
        return writer.sslSession();
    }

    /** The application protocol that was chosen, or null; see {@link StreamWriter#applicationProtocol}. Any thread. */
    public @Nullable String applicationProtocol() {
        return writer.applicationProtocol();
    }

    /** The peer's certificates, if any; see {@link StreamWriter#peerCertificates}. Any thread. */
    public List<Certificate> peerCertificates() {
        return writer.peerCertificates();
    }

    /**
     * Closes the connection, see {@link StreamWriter#close}: what was written is still sent, in the background. Never waits, so it
     * works in a task that is being cancelled; {@link #waitClosed} waits. Does nothing the second time.
     */
    @Override
    public void close() {
        writer.close();
    }

    /** Closes the connection at once and drops what is unsent, see {@link StreamWriter#abort}. Never waits. */
    public void abort() {
        writer.abort();
    }

    /**
     * Waits until the connection is closed, by whomever, see {@link StreamWriter#waitClosed}. A cancellation point.
     *
     * @throws IOException when the connection was lost
     */
    public void waitClosed() throws IOException {
        writer.waitClosed();
    }

    @Override
    public String toString() {
        return writer.toString();
    }
}
