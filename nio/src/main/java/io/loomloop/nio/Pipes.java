package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.util.Objects;

/**
 * Streams over pipes: asyncio's {@code connect_read_pipe} and {@code connect_write_pipe}.
 *
 * <p>All methods run on a loop and fail elsewhere with {@link IllegalStateException}. A channel is made non-blocking and belongs to
 * the stream from now on; one that is used already, see {@link Sockets}, is refused with {@link IllegalStateException} and stays
 * open, one that is closed with {@link ClosedChannelException}. Null is refused with {@link NullPointerException}. A loop that closes
 * closes its pipes.
 */
public final class Pipes {
    private Pipes() {}

    /** As {@link #reader(Pipe.SourceChannel, StreamOptions)}, with {@link StreamOptions#DEFAULT}. */
    public static StreamReader reader(Pipe.SourceChannel channel) throws IOException {
        return reader(channel, StreamOptions.DEFAULT);
    }

    /**
     * What comes out of a pipe. At the end of the stream, when the other end is closed, the channel is closed. To end it before, close
     * the channel: the reader then finds the end of the stream, within a tenth of a second.
     *
     * @param options the limit of the reader; the rest does not matter here
     */
    public static StreamReader reader(Pipe.SourceChannel channel, StreamOptions options) throws IOException {
        Objects.requireNonNull(options, "options");
        SocketEngine engine = own(channel);
        PipeSource source = new PipeSource(engine, channel, options);
        source.request(PipeSource.START);
        return new StreamReader(source);
    }

    /** As {@link #writer(Pipe.SinkChannel, StreamOptions)}, with {@link StreamOptions#DEFAULT}. */
    public static StreamWriter writer(Pipe.SinkChannel channel) throws IOException {
        return writer(channel, StreamOptions.DEFAULT);
    }

    /**
     * What goes into a pipe. {@link StreamWriter#close} and {@link StreamWriter#writeEof} close the channel when everything is sent,
     * {@link StreamWriter#abort} closes it at once. That the other end is closed is found out by the next write; the
     * {@link StreamWriter#drain} after it then throws "Broken pipe".
     *
     * @param options the water marks of the writer; the rest does not matter here
     */
    public static StreamWriter writer(Pipe.SinkChannel channel, StreamOptions options) throws IOException {
        Objects.requireNonNull(options, "options");
        SocketEngine engine = own(channel);
        PipeSink sink = new PipeSink(engine, channel, options.lowWater(), options.highWater());
        sink.request(PipeSink.START);
        return new StreamWriter(sink);
    }

    private static SocketEngine own(SelectableChannel channel) throws IOException {
        Objects.requireNonNull(channel, "channel");
        SocketEngine engine = SocketEngine.of(EventLoop.current());
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        engine.watches().own(channel, "a pipe's stream");
        try {
            channel.configureBlocking(false);
        } catch (Throwable failure) {
            engine.watches().disown(channel);
            throw failure;
        }
        return engine;
    }

    /** As {@link #reader(InputStream, StreamOptions)}, with {@link StreamOptions#DEFAULT}. */
    public static StreamReader reader(InputStream stream) throws IOException {
        return reader(stream, StreamOptions.DEFAULT);
    }

    /**
     * What comes out of a stream of the JDK's that blocks: {@code System.in}, for example. A thread of its own reads up to twice the
     * limit ahead; nobody else should read from the stream meanwhile. The stream stays the caller's: it is never closed here, not
     * at its end either. To end the reader before that, close the stream, if its reads notice that, as those of sockets do.
     *
     * <p>A loop that closes does not wait for the thread, a daemon: it ends with the stream, or with the next bytes, which are lost.
     *
     * @param options the limit of the reader; the rest does not matter here
     */
    public static StreamReader reader(InputStream stream, StreamOptions options) throws IOException {
        Objects.requireNonNull(stream, "stream");
        Objects.requireNonNull(options, "options");
        SocketEngine engine = SocketEngine.of(EventLoop.current());
        PipeInput input = new PipeInput(engine, stream, "input-stream", false, options);
        StreamPumps.of(engine.loop()).add(input);
        input.start();
        return new StreamReader(input);
    }
}
