package io.loomloop.nio;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes that a reader holds, in one piece, so that a search never starts again at the beginning. Loop thread only.
 *
 * <p>A chunk that comes in while this is empty is not copied but becomes the array; taking all of it hands the array on.
 */
final class ReadBuffer {
    static final byte[] EMPTY = new byte[0];
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    private byte[] array = EMPTY;
    private int start;
    private int end;

    int size() {
        return end - start;
    }

    boolean isEmpty() {
        return start == end;
    }

    /** Appends a chunk, which belongs to this buffer from now on; {@code expected} is how large this will become, if known. */
    void append(byte[] chunk, int expected) {
        if (isEmpty()) {
            array = chunk;
            start = 0;
            end = chunk.length;
            return;
        }
        reserve(chunk.length, expected);
        System.arraycopy(chunk, 0, array, end, chunk.length);
        end += chunk.length;
    }

    private void reserve(int more, int expected) {
        int size = size();
        if (more > LARGEST - size) {
            throw new OutOfMemoryError("more than " + LARGEST + " bytes in one read");
        }
        int needed = size + more;
        if (end <= array.length - more) {
            return;
        }
        if (needed <= array.length && start >= size) {
            System.arraycopy(array, start, array, 0, size);
        } else {
            int doubled = (int) Math.min(LARGEST, Math.max(needed, 2L * size));
            byte[] larger = new byte[needed <= expected && expected < doubled ? expected : doubled];
            System.arraycopy(array, start, larger, 0, size);
            array = larger;
        }
        start = 0;
        end = size;
    }

    /** Takes the first {@code count} bytes. */
    byte[] take(int count) {
        byte[] taken;
        if (count == array.length && start == 0) {
            taken = array;
        } else {
            taken = Arrays.copyOfRange(array, start, start + count);
        }
        discard(count);
        return taken;
    }

    /** Moves as many bytes as there are and have room; returns how many. */
    int takeInto(ByteBuffer target) {
        int count = Math.min(size(), target.remaining());
        target.put(array, start, count);
        discard(count);
        return count;
    }

    /** Drops the first {@code count} bytes. */
    void discard(int count) {
        start += count;
        if (start == end) {
            array = EMPTY;
            start = 0;
            end = 0;
        }
    }

    /** Where {@code separator} begins, at {@code from} or later, or -1. */
    int indexOf(byte[] separator, int from) {
        int last = end - separator.length;
        for (int i = start + from; i <= last; i++) {
            if (array[i] == separator[0]
                    && Arrays.equals(array, i + 1, i + separator.length, separator, 1, separator.length)) {
                return i - start;
            }
        }
        return -1;
    }
}
