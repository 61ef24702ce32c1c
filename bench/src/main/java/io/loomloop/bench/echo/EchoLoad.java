package io.loomloop.bench.echo;

import io.loomloop.bench.report.Latencies;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Connections that each send a message, wait until all of the answer has come, and send the next. One thread, plain NIO. */
final class EchoLoad implements AutoCloseable {
    private final Selector selector = Selector.open();
    private final List<Client> clients = new ArrayList<>();
    private final ByteBuffer received = ByteBuffer.allocateDirect(256 << 10);
    private final int answerSize;
    private long answers;
    Latencies latencies = new Latencies();

    /** Sends messages that come back as they are. */
    EchoLoad(int port, int connections, int size) throws IOException {
        this(port, connections, ByteBuffer.allocateDirect(size), size);
    }

    EchoLoad(int port, int connections, ByteBuffer message, int answerSize) throws IOException {
        this.answerSize = answerSize;
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            Client client = new Client(channel, key, message.duplicate());
            key.attach(client);
            clients.add(client);
        }
        for (Client client : clients) {
            client.send();
        }
    }

    /** Goes on for a while; returns how many answers have come. */
    long run(long nanos) throws IOException {
        long before = answers;
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            selector.select(this::serve, 100);
        }
        return answers - before;
    }

    private void serve(SelectionKey key) {
        try {
            Client client = (Client) key.attachment();
            if (key.isWritable()) {
                client.send();
            }
            if (key.isReadable()) {
                client.receive();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the server has broken off", e);
        }
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
    }

    private final class Client {
        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteBuffer unsent;
        private int missing;
        private long sentAt = System.nanoTime();

        Client(SocketChannel channel, SelectionKey key, ByteBuffer message) {
            this.channel = channel;
            this.key = key;
            this.unsent = message;
            this.missing = answerSize;
        }

        private void send() throws IOException {
            channel.write(unsent);
            int interest = unsent.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            if (key.interestOps() != interest) {
                key.interestOps(interest);
            }
        }

        private void receive() throws IOException {
            int count = channel.read(received.clear());
            if (count < 0) {
                throw new EOFException();
            }
            missing -= count;
            if (missing == 0) {
                long now = System.nanoTime();
                latencies.add(now - sentAt);
                sentAt = now;
                answers++;
                unsent.clear();
                missing = answerSize;
                send();
            }
        }
    }
}
