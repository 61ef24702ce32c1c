package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetSocketAddress;

/** A datagram that has arrived, and who sent it: the arguments of asyncio's {@code datagram_received}. */
public final class Datagram {
    private final byte[] data;
    private final InetSocketAddress sender;

    Datagram(byte[] data, InetSocketAddress sender) {
        this.data = data;
        this.sender = sender;
    }

    /** The bytes, maybe none; the array belongs to whoever received the datagram. */
    public byte[] data() {
        return data;
    }

    /** Where it came from, and where an answer goes. */
    public InetSocketAddress sender() {
        return sender;
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** The bytes as text in UTF-8. */
    public String text() {
        return new String(data, UTF_8);
    }

    @Override
    public String toString() {
        return "Datagram[" + data.length + " bytes from " + sender + "]";
    }
}
