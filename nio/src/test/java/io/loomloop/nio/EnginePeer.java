package io.loomloop.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** A client that speaks TLS record by record and sends what of it the test wants, when it wants. */
final class EnginePeer implements AutoCloseable {
    private static final int LARGE = 64 << 10;
    private static final int RECORD = 18 << 10;

    final Socket socket;
    final SSLEngine engine;
    private final ByteBuffer received = ByteBuffer.allocate(LARGE).limit(0);

    EnginePeer(int port, SSLContext context, String version) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port), context, version);
    }

    EnginePeer(Socket socket, SSLContext context, String version) throws IOException {
        this.socket = socket;
        engine = context.createSSLEngine("localhost", socket.getPort());
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(new String[] {version});
        engine.beginHandshake();
    }

    /** One that takes little before its other side feels that it does not read. */
    static EnginePeer withSmallBuffers(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8 << 10);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new EnginePeer(socket, Certificates.client(), "TLSv1.3");
    }

    /** The greeting of a client, which asks for {@code name}. */
    static byte[] hello(String name) throws IOException {
        SSLEngine engine = Certificates.client().createSSLEngine(name, 0);
        engine.setUseClientMode(true);
        engine.beginHandshake();
        return wrap(engine, new byte[0]);
    }

    EnginePeer shakeHands() throws IOException {
        for (; ; ) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> send(record(new byte[0]));
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> read();
                default -> {
                    return this;
                }
            }
        }
    }

    /** The record that has {@code data}, or what the engine has to say. */
    byte[] record(byte[] data) throws SSLException {
        return wrap(engine, data);
    }

    private static byte[] wrap(SSLEngine engine, byte[] data) throws SSLException {
        ByteBuffer into = ByteBuffer.allocate(RECORD);
        engine.wrap(ByteBuffer.wrap(data), into);
        byte[] record = new byte[into.flip().remaining()];
        into.get(record);
        return record;
    }

    /** With TLS 1.3: asks for new keys. */
    byte[] keyUpdate() throws SSLException {
        engine.beginHandshake();
        return record(new byte[0]);
    }

    byte[] closeNotify() throws SSLException {
        engine.closeOutbound();
        return record(new byte[0]);
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Reads what is in the next record; null when it says that there is no more. Throws at an end without that. */
    byte[] read() throws IOException {
        ByteBuffer plain = ByteBuffer.allocate(LARGE);
        for (; ; ) {
            SSLEngineResult result = engine.unwrap(received, plain);
            if (result.getStatus() == Status.CLOSED) {
                return null;
            }
            if (result.getStatus() == Status.OK) {
                byte[] data = new byte[plain.flip().remaining()];
                plain.get(data);
                return data;
            }
            received.compact();
            int count = socket.getInputStream().read(received.array(), received.position(), received.remaining());
            if (count < 0) {
                throw new SSLException("cut off");
            }
            received.position(received.position() + count).flip();
        }
    }

    /** Reads until the other side says that there is no more; throws when it does not say so. */
    byte[] readAll() throws IOException {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        for (byte[] data = read(); data != null; data = read()) {
            all.writeBytes(data);
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                engine.getDelegatedTask().run();
            }
        }
        return all.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
