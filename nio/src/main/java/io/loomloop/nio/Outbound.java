package io.loomloop.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * What a write leaves to be sent. A write goes straight from the task to the channel; what the channel does not take is queued and sent
 * by the I/O thread.
 *
 * <p>The task that turns {@code unsent} from 0 into n owns the output, until the last byte is sent. It hands the output to the I/O thread
 * with {@link OutputOwner#flushSoon}: when the channel is full, or when others have queued meanwhile.
 *
 * <p>While a file is sent its task owns the output, and its bytes are counted before they are sent ({@code lent}).
 *
 * <p>The I/O thread sends no more than it has seen counted. So whoever turns 0 into n knows that nobody else is sending, and bytes leave
 * in the order of the writes.
 */
final class Outbound extends Unsent {
    private static final int SLICE = 64 << 10;
    private static final int ROUNDS = 16;

    private final OutputOwner owner;
    // loop thread sets: a task owns the output, and has workers send a file
    private volatile boolean lent;
    // loop thread sets, I/O thread clears: that task waits until the channel takes more
    private volatile boolean full;

    Outbound(OutputOwner owner, int low, int high) {
        super(owner, low, high);
        this.owner = owner;
    }

    // ---- loop thread

    @Override
    public void write(long size, ByteBuffer... pieces) {
        if (unsent.compareAndSet(0, size)) {
            writeNow(size, pieces);
            return;
        }
        for (ByteBuffer piece : pieces) {
            if (piece.hasRemaining()) {
                queued.incrementAndGet();
                queue.addLast(copyOf(piece));
            }
        }
        if (unsent.getAndAdd(size) <= 0) {
            owner.flushSoon();
        }
    }

    private void writeNow(long size, ByteBuffer[] pieces) {
        int sent = 0;
        try {
            while (sent < pieces.length && send(owner.channel(), pieces[sent])) {
                sent++;
            }
        } catch (IOException failure) {
            owner.lose(failure);
            return;
        } catch (RuntimeException | Error failure) {
            owner.lose(new IOException("a write failed: " + failure, failure)); // most likely no memory is left
            throw failure;
        }
        long rest = 0;
        for (int i = pieces.length - 1; i >= sent; i--) {
            if (pieces[i].hasRemaining()) {
                rest += pieces[i].remaining();
                queued.incrementAndGet();
                queue.addFirst(copyOf(pieces[i]));
            }
        }
        if (rest < size) {
            owner.noteSent();
        }
        if (unsent.addAndGet(rest - size) != 0) {
            owner.flushSoon();
        } else {
            outputIsFree();
        }
    }

    private void outputIsFree() {
        drainers.wakeAll(); // a file may wait for the output
        owner.outputIsFree();
    }

    /** Sends all, or as much as the socket takes. In slices, because the JDK keeps a direct buffer of the largest size it was ever asked to write. */
    private static boolean send(WritableByteChannel channel, ByteBuffer data) throws IOException {
        int end = data.limit();
        try {
            while (data.position() < end) {
                data.limit(Math.min(end, data.position() + SLICE));
                channel.write(data);
                if (data.hasRemaining()) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            data.limit(end).position(end);
            throw e;
        } finally {
            data.limit(end);
        }
    }

    private static ByteBuffer copyOf(ByteBuffer data) {
        return ByteBuffer.allocate(data.remaining()).put(data).flip();
    }

    // ---- a file, loop thread

    /**
     * Waits until everything written is sent, and takes the output for {@code size} bytes, not 0, that others are to send.
     *
     * @return false when the channel is being closed
     */
    boolean lend(long size) {
        lent = true; // before the I/O thread can see the bytes, which it must not take for queued ones
        while (!unsent.compareAndSet(0, size)) {
            lent = false;
            if (unsent.get() < 0) {
                return false;
            }
            owner.flushSoon(); // it may have seen lent, and stopped
            await(() -> unsent.get() <= 0);
            lent = true;
        }
        return true;
    }

    /** Bytes of the file were sent. */
    void countSent(long size) {
        if (size > 0) {
            owner.noteSent();
        }
        if (unsent.addAndGet(-size) <= low()) {
            drainers.wakeAll();
        }
    }

    /** Waits until the channel takes more, or is closed. */
    void awaitRoom() {
        full = true;
        owner.flushSoon();
        await(() -> !full || owner.isClosed());
    }

    /** Ends what {@link #lend} began; {@code rest} is what will not be sent after all. */
    void takeBack(long rest) {
        long left = unsent.addAndGet(-rest);
        lent = false;
        if (left > 0) {
            owner.flushSoon();
        } else if (left == 0) {
            outputIsFree();
        }
    }

    // ---- I/O thread

    /**
     * Sends what is queued, up to a fair share. The I/O thread owns the output.
     *
     * @return whether all is sent and nobody owns the output any more
     */
    boolean flush(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            long counted = unsent.get();
            if (counted <= 0 || lent) {
                full = false;
                drainers.wakeAll();
                return true;
            }
            gather(buffer.clear(), counted);
            int sent = channel.write(buffer);
            if (sent > 0) {
                owner.noteSent();
            }
            remove(sent);
            long left = unsent.addAndGet(-sent);
            if (isAtLow()) {
                drainers.wakeAll();
            }
            if (left == 0 || buffer.hasRemaining()) {
                return left == 0;
            }
        }
        return false;
    }

    private void gather(ByteBuffer buffer, long counted) {
        buffer.limit((int) Math.min(counted, buffer.capacity()));
        for (ByteBuffer piece : queue) {
            int size = Math.min(piece.remaining(), buffer.remaining());
            buffer.put(buffer.position(), piece, piece.position(), size);
            buffer.position(buffer.position() + size);
            if (!buffer.hasRemaining()) {
                break;
            }
        }
        buffer.flip();
    }

    private void remove(int sent) {
        int left = sent;
        while (left > 0) {
            ByteBuffer piece = queue.getFirst();
            int size = Math.min(piece.remaining(), left);
            piece.position(piece.position() + size);
            left -= size;
            if (!piece.hasRemaining()) {
                queue.removeFirst();
                queued.decrementAndGet();
            }
        }
    }
}
