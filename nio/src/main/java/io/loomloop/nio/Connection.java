package io.loomloop.nio;

import java.io.IOException;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection that was opened: its reader and its writer. What {@link Streams#openConnection(String, int)} returns.
 *
 * <p>Belongs to the loop that opened it. {@link #close} may be called from any thread, the streams say for themselves.
 */
public final class Connection implements AutoCloseable {
    private final StreamReader reader;
    private final StreamWriter writer;

    // the name that was connected to
    private final @Nullable String host;

    Connection(StreamSocket socket) {
        this(socket, socket, null);
    }

    Connection(ByteSource source, ByteSink sink, @Nullable String host) {
        this.reader = new StreamReader(source);
        this.writer = new StreamWriter(sink);
        this.host = host;
    }

    /** What the peer sends. */
    public StreamReader reader() {
        return reader;
    }

    /** What the peer gets. */
    public StreamWriter writer() {
        return writer;
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
     * Closes the connection, see {@link StreamWriter#close}: what was written is still sent, in the background. Never waits;
     * {@link StreamWriter#waitClosed} does. Does nothing the second time.
     */
    @Override
    public void close() {
        writer.close();
    }

    @Override
    public String toString() {
        return writer.toString();
    }
}
