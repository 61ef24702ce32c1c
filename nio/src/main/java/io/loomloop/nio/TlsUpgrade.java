package io.loomloop.nio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes secured connections of plain ones, new or in use. */
final class TlsUpgrade {
    private TlsUpgrade() {}

    /** Secures a connection that was in use; {@code host} is the name of the server, as far as known. */
    static Connection upgrade(StreamReader reader, StreamWriter writer, Tls tls, @Nullable String host)
            throws IOException {
        Objects.requireNonNull(reader, "reader");
        Objects.requireNonNull(writer, "writer");
        Objects.requireNonNull(tls, "tls");
        writer.requireWritable();
        ByteSource source = reader.source();
        ByteSink sink = writer.sink();
        boolean mixed = source instanceof ByteSink || sink instanceof ByteSource;
        if (mixed && (Object) source != sink) {
            throw new IllegalArgumentException(
                    "these are not reader and writer of one connection: " + reader + ", " + writer);
        }
        requireName(tls, host);
        writer.drain();
        writer.requireWritable();
        requireNothingUnread(reader.waiting(), tls);
        return secure(reader, writer, tls, host);
    }

    /** As {@link #upgrade}, for a connection whose bytes nobody takes meanwhile; {@code unread} is what was taken before. */
    static Connection secure(ByteSource source, StreamWriter writer, byte[] unread, Tls tls, @Nullable String host)
            throws IOException {
        writer.giveUp();
        ByteSink sink = writer.sink();
        int port = host != null && sink.remoteAddress() instanceof InetSocketAddress address ? address.getPort() : -1;
        TlsStream stream = TlsHandshake.run(source, sink, tls, unread, host, port);
        writer.upgradedTo(stream);
        return new Connection(stream, stream, host);
    }

    /** Throws when nobody has said whose certificate is to be expected. */
    static void requireName(Tls tls, @Nullable String host) {
        if (tls.lacksName() && host == null) {
            throw new IllegalArgumentException(
                    "whose certificate is to be expected? Tell with withServerName, or do without with withoutHostCheck");
        }
    }

    /** Throws when bytes that were not secured would be taken for such. */
    static void requireNothingUnread(byte[] unread, Tls tls) throws SSLException {
        boolean fine = unread.length == 0
                || tls.takesBufferedBytes()
                || (tls.isServer() && ClientHello.mayBegin(ByteBuffer.wrap(unread)));
        if (!fine) {
            throw new SSLException(
                    unread.length
                            + " bytes have arrived in the clear and were not read: with TLS they would look as if they were secured");
        }
    }

    /** Secures a connection; nothing between the look at what has arrived and here lets others run. */
    static Connection secure(StreamReader reader, StreamWriter writer, Tls tls, @Nullable String host)
            throws IOException {
        byte[] received = reader.waiting();
        reader.giveUp();
        return secure(reader.source(), writer, received, tls, host);
    }

    /** Finds out now whether the settings fit the context. */
    static void tryOnServer(StreamOptions options) throws IOException {
        Tls tls = options.tls();
        if (tls == null) {
            return;
        }
        tls.requireServer();
        OffLoop.call(() -> tls.newEngine(tls.contextFor(null), null, -1));
    }
}
