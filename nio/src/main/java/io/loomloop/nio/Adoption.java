package io.loomloop.nio;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

/** Makes connections and servers of channels that users have opened. What is refused stays the user's; anything else is closed. */
final class Adoption {
    private Adoption() {}

    static StreamSocket connection(SocketEngine engine, SocketChannel channel, StreamOptions options)
            throws IOException {
        requireOpen(channel);
        if (!channel.isConnected()) {
            throw new IllegalArgumentException("this channel is not connected: " + channel);
        }
        Watches watches = engine.watches();
        watches.own(channel, "a connection");
        try {
            channel.configureBlocking(false);
            options.applyTo(channel);
            StreamSocket socket = new StreamSocket(engine, channel, options);
            socket.onReleased(() -> watches.disown(channel));
            socket.enterTasks(); // its maker may have threads of his own at it, for which the I/O thread must not wait
            socket.request(StreamSocket.START);
            return socket;
        } catch (Throwable failure) {
            giveUp(watches, channel);
            throw failure;
        }
    }

    static Server server(SocketEngine engine, ClientHandler handler, ServerSocketChannel channel, StreamOptions options)
            throws IOException {
        requireOpen(channel);
        if (channel.getLocalAddress() == null) {
            throw new IllegalArgumentException("this channel is not bound: " + channel);
        }
        TlsUpgrade.tryOnServer(options);
        options.tryOnServer();
        Watches watches = engine.watches();
        watches.own(channel, "a server");
        try {
            channel.configureBlocking(false);
            options.applyToListener(channel);
            return new Server(engine, handler, options).listen(List.of(channel));
        } catch (Throwable failure) {
            giveUp(watches, channel);
            throw failure;
        }
    }

    private static void requireOpen(SelectableChannel channel) throws ClosedChannelException {
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private static void giveUp(Watches watches, SelectableChannel channel) {
        watches.disown(channel);
        Poller.closeQuietly(channel);
    }
}
