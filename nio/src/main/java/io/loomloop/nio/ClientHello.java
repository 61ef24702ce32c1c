package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The name that a client asks for in its first record, before the engine, and so its context, is chosen. Looks at one record and no
 * more; a client that spreads its greeting over several, or sends something else, has asked for none, and the engine judges it.
 */
final class ClientHello {
    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int LONGEST_RECORD = (16 << 10) + 2048;
    private static final int LONGEST_NAME = 255;

    private ClientHello() {}

    /** True for what may be the beginning of a handshake. */
    static boolean mayBegin(ByteBuffer bytes) {
        int at = bytes.position();
        return bytes.hasRemaining() && bytes.get(at) == HANDSHAKE && (bytes.remaining() < 2 || bytes.get(at + 1) == 3);
    }

    /** True when more bytes would make no difference. */
    static boolean isComplete(ByteBuffer bytes) {
        if (bytes.hasRemaining() && !mayBegin(bytes)) {
            return true;
        }
        if (bytes.remaining() < RECORD_HEADER) {
            return false;
        }
        int length = Short.toUnsignedInt(bytes.getShort(bytes.position() + 3));
        return length > LONGEST_RECORD || bytes.remaining() >= RECORD_HEADER + length;
    }

    /** The name in lower case, or null. Does not move the buffer. */
    static @Nullable String serverName(ByteBuffer complete) {
        try {
            return find(complete.duplicate());
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String find(ByteBuffer bytes) {
        if (!mayBegin(bytes)) {
            return null;
        }
        skip(bytes, 3);
        ByteBuffer record = part(bytes, Short.toUnsignedInt(bytes.getShort()));
        if (record.get() != CLIENT_HELLO) {
            return null;
        }
        int length = Byte.toUnsignedInt(record.get()) << 16 | Short.toUnsignedInt(record.getShort());
        ByteBuffer hello = part(record, length);
        skip(hello, 2 + 32); // version, random
        skip(hello, Byte.toUnsignedInt(hello.get())); // session
        skip(hello, Short.toUnsignedInt(hello.getShort())); // cipher suites
        skip(hello, Byte.toUnsignedInt(hello.get())); // compression
        ByteBuffer extensions = part(hello, Short.toUnsignedInt(hello.getShort()));
        while (extensions.hasRemaining()) {
            int type = extensions.getShort();
            ByteBuffer extension = part(extensions, Short.toUnsignedInt(extensions.getShort()));
            if (type == 0) {
                return name(part(extension, Short.toUnsignedInt(extension.getShort())));
            }
        }
        return null;
    }

    private static @Nullable String name(ByteBuffer list) {
        while (list.hasRemaining()) {
            int type = list.get();
            ByteBuffer name = part(list, Short.toUnsignedInt(list.getShort()));
            if (type == 0) {
                return name.hasRemaining() && name.remaining() <= LONGEST_NAME ? text(name) : null;
            }
        }
        return null;
    }

    /** Only what a host name can consist of: it will be looked up, logged, maybe made a path. */
    private static @Nullable String text(ByteBuffer name) {
        String text = US_ASCII.decode(name).toString().toLowerCase(Locale.ROOT);
        boolean plain = text.chars()
                .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.');
        return plain && !text.startsWith(".") && !text.contains("..") ? text : null;
    }

    private static void skip(ByteBuffer bytes, int count) {
        bytes.position(bytes.position() + count); // IllegalArgumentException when there are fewer
    }

    private static ByteBuffer part(ByteBuffer bytes, int length) {
        if (length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = bytes.slice(bytes.position(), length);
        skip(bytes, length);
        return part;
    }
}
