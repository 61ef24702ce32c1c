package io.loomloop.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomloop.Async;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.check.Check;
import io.loomloop.check.LocalTls;
import io.loomloop.nio.BufferedProtocol;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Datagram;
import io.loomloop.nio.DatagramEndpoint;
import io.loomloop.nio.DatagramProtocol;
import io.loomloop.nio.DatagramTransport;
import io.loomloop.nio.Protocol;
import io.loomloop.nio.Resolver;
import io.loomloop.nio.Server;
import io.loomloop.nio.Sockets;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.Streams;
import io.loomloop.nio.Tls;
import io.loomloop.nio.Transport;
import io.loomloop.nio.Transports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The places of the tables in {@code docs/concurrency-nio.md}. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
public enum SocketPlace implements Place {
    /** The handler of a server's client. */
    CLIENT_HANDLER((ground, fault) -> {
        Check.run(ground.loop(), () -> {
            Server server = Streams.startServer((reader, writer) -> fault.strike(), "127.0.0.1", 0);
            readToTheEnd(server);
        });
        ground.requireReported(fault);
    }),
    /** The handler of a server's client, which has said something before: that arrives. */
    CLIENT_HANDLER_AFTER_A_WRITE((ground, fault) -> {
        Check.run(ground.loop(), () -> {
            Server server = Streams.startServer(
                    (reader, writer) -> {
                        writer.write("all of it");
                        fault.strike();
                    },
                    "127.0.0.1",
                    0);
            try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                Check.equal("bytes before the end", 9, connection.reader().readAll().length);
            } finally {
                end(server);
            }
        });
        ground.requireReported(fault);
    }),
    /** The resolver, for a connection. */
    RESOLVER((ground, fault) -> {
        StreamOptions options = StreamOptions.DEFAULT.withResolver(failing(fault));
        Task<?> task = ground.loop()
                .createTask(() ->
                        Streams.openConnection("somewhere.example", 80, options).close());
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** The resolver, for a name. */
    RESOLVER_OF_NAMES((ground, fault) -> {
        StreamOptions options = StreamOptions.DEFAULT.withResolver(failing(fault));
        Task<?> task = ground.loop().createTask(() -> Streams.lookUpName(InetAddress.getLoopbackAddress(), options));
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** What makes a server's protocols. */
    SUPPLIER_OF_PROTOCOLS((ground, fault) -> {
        Check.run(ground.loop(), () -> readToTheEnd(Transports.startServer(fault::strike, "127.0.0.1", 0)));
        ground.requireReported(fault);
    }),
    /** The first callback of a server's client. */
    CONNECTION_MADE((ground, fault) -> failingServer(ground, fault, Failing.At.MADE)),
    /** The first callback of a connection that this side has opened. */
    CONNECTION_MADE_HERE((ground, fault) -> {
        Failing protocol = new Failing(fault, Failing.At.MADE, ground.loop().createFuture());
        Check.run(ground.loop(), () -> {
            Server server = Streams.startServer((reader, writer) -> reader.readAll(), "127.0.0.1", 0);
            Transport transport = Transports.connect(protocol, "127.0.0.1", server.port());
            Check.that(transport.isClosing(), "the transport goes on");
            transport.waitClosed();
            end(server);
        });
        ground.requireReported(fault);
        ground.requireThrown(fault, Check.join(protocol.lost));
    }),
    /** Bytes that arrive. */
    DATA_RECEIVED((ground, fault) -> failingServer(ground, fault, Failing.At.DATA)),
    /** The end of what arrives. */
    EOF_RECEIVED((ground, fault) -> failingServer(ground, fault, Failing.At.EOF)),
    /** Too much was written. */
    PAUSE_WRITING((ground, fault) -> failingServer(ground, fault, Failing.At.PAUSE)),
    /** What was too much is sent. */
    RESUME_WRITING((ground, fault) -> failingServer(ground, fault, Failing.At.RESUME)),
    /** The last callback. */
    CONNECTION_LOST((ground, fault) -> failingServer(ground, fault, Failing.At.LOST)),
    /** A buffer is wanted. */
    GET_BUFFER((ground, fault) -> failingServer(ground, fault, Failing.At.GET_BUFFER)),
    /** A buffer was filled. */
    BUFFER_UPDATED((ground, fault) -> failingServer(ground, fault, Failing.At.UPDATED)),
    /** The first callback of an endpoint for datagrams. */
    DATAGRAM_MADE((ground, fault) -> failingDatagrams(ground, fault, Failing.At.MADE)),
    /** A datagram that arrives. */
    DATAGRAM_RECEIVED((ground, fault) -> failingDatagrams(ground, fault, Failing.At.DATA)),
    /** The last callback of an endpoint for datagrams. */
    DATAGRAM_LOST((ground, fault) -> failingDatagrams(ground, fault, Failing.At.LOST)),
    /** An error of an endpoint for datagrams: nobody is there. */
    DATAGRAM_ERROR((ground, fault) -> failingDatagrams(ground, fault, Failing.At.ERROR)),
    /** A channel of the user's has something to read. */
    READER((ground, fault) -> failingWatch(ground, fault, true)),
    /** A channel of the user's takes something to write. */
    WRITER((ground, fault) -> failingWatch(ground, fault, false)),
    /** What a TLS client thinks of the server's certificate. */
    TRUST_MANAGER((ground, fault) -> {
        Tls client = Tls.client(FailingTls.doubting(fault));
        Task<?> task = ground.loop().createTask(() -> {
            Server server = startTlsServer(Tls.server(LocalTls.server()));
            try {
                Streams.openConnection("localhost", server.port(), StreamOptions.DEFAULT.withTls(client))
                        .close();
            } finally {
                end(server);
            }
        });
        ground.requireThrown(fault, Check.failure(task));
        ground.forgive(IOException.class); // the server was told that the client gives up
    }),
    /** What a TLS server shows of itself. */
    KEY_MANAGER((ground, fault) -> failingTlsServer(ground, fault, Tls.server(FailingTls.nameless(fault)))),
    /** What a TLS server is, by the name that the client asks for. */
    CHOICE_OF_CONTEXTS((ground, fault) ->
            failingTlsServer(ground, fault, Tls.server(LocalTls.server()).withContexts(name -> fault.strike())));

    private final Place place;

    SocketPlace(Place place) {
        this.place = place;
    }

    @Override
    public void fail(Ground ground, Fault fault) throws Exception {
        place.fail(ground, fault);
    }

    private static Resolver failing(Fault fault) {
        return new Resolver() {
            @Override
            public List<InetAddress> addressesOf(String host) {
                return fault.strike();
            }

            @Override
            public String nameOf(InetAddress address) {
                return fault.strike();
            }
        };
    }

    /** A client that says something, and reads until the server has ended its connection in one way or other. */
    private static void readToTheEnd(Server server) throws IOException {
        try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
            connection.writer().write("something");
            connection.writer().writeEof();
            while (connection.reader().read(1 << 16).length > 0) {
                Async.yieldNow();
            }
        } catch (IOException reset) {
            Async.yieldNow(); // an abort of the other side looks like this
        } finally {
            end(server);
        }
    }

    private static void end(Server server) {
        server.close();
        server.waitClosed();
    }

    private static int portOfNobody() throws IOException {
        try (DatagramEndpoint gone = DatagramEndpoint.bind("127.0.0.1", 0)) {
            return gone.localAddress().getPort();
        }
    }

    private static Server startTlsServer(Tls tls) throws IOException {
        return Streams.startServer(
                (reader, writer) -> reader.readAll(), "localhost", 0, StreamOptions.DEFAULT.withTls(tls));
    }

    private static void failingTlsServer(Ground ground, Fault fault, Tls tls) throws Exception {
        StreamOptions client = StreamOptions.DEFAULT.withTls(Tls.client(LocalTls.client()));
        Check.run(ground.loop(), () -> {
            Server server = startTlsServer(tls);
            try {
                Streams.openConnection("localhost", server.port(), client).close();
                throw new AssertionError("a handshake with a server that fails");
            } catch (IOException refused) {
                Async.yieldNow(); // an alert or an abort
            } finally {
                end(server);
            }
        });
        ground.requireReported(fault);
    }

    private static void failingWatch(Ground ground, Fault fault, boolean reading) throws Exception {
        Pipe pipe = Pipe.open();
        SelectableChannel watched = reading ? pipe.source() : pipe.sink();
        watched.configureBlocking(false);
        Runnable failing = () -> {
            try {
                boolean unused = reading ? Sockets.removeReader(watched) : Sockets.removeWriter(watched);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            fault.strike();
        };
        try {
            Check.run(ground.loop(), () -> {
                if (reading) {
                    Sockets.addReader(watched, failing);
                } else {
                    Sockets.addWriter(watched, failing);
                }
            });
            if (reading) {
                pipe.sink().write(ByteBuffer.allocate(1));
            }
            ground.requireReported(fault);
        } finally {
            pipe.source().close();
            pipe.sink().close();
        }
    }

    private static void failingServer(Ground ground, Fault fault, Failing.At at) throws Exception {
        LoopFuture<@Nullable Throwable> lost = ground.loop().createFuture();
        Supplier<Protocol> protocols = at == Failing.At.GET_BUFFER || at == Failing.At.UPDATED
                ? () -> new FailingBuffered(fault, at, lost)
                : () -> new Failing(fault, at, lost);
        Check.run(ground.loop(), () -> readToTheEnd(Transports.startServer(protocols, "127.0.0.1", 0)));
        ground.requireReported(fault);
        Throwable told = Check.join(lost);
        if (at != Failing.At.LOST) {
            ground.requireThrown(fault, told);
        }
    }

    private static void failingDatagrams(Ground ground, Fault fault, Failing.At at) throws Exception {
        FailingDatagrams protocol =
                new FailingDatagrams(fault, at, ground.loop().createFuture());
        Check.run(ground.loop(), () -> {
            DatagramEndpoint endpoint = at == Failing.At.ERROR
                    ? DatagramEndpoint.connect("127.0.0.1", portOfNobody())
                    : DatagramEndpoint.bind("127.0.0.1", 0);
            InetSocketAddress address = endpoint.localAddress();
            DatagramTransport transport = Transports.start(endpoint, protocol);
            if (at == Failing.At.ERROR) {
                // Again and again: a system says only so many times a second that nobody is there.
                while (!transport.isClosing()) {
                    transport.sendTo("something".getBytes(US_ASCII));
                    Async.sleep(Duration.ofMillis(1));
                }
            } else if (at == Failing.At.DATA) {
                try (DatagramEndpoint other = DatagramEndpoint.bind("127.0.0.1", 0)) {
                    other.send("something", address);
                }
            } else if (at == Failing.At.LOST) {
                transport.close();
            }
            transport.waitClosed();
        });
        ground.requireReported(fault);
        Throwable told = Check.join(protocol.lost);
        if (at != Failing.At.LOST) {
            ground.requireThrown(fault, told);
        }
    }

    /** A protocol one of whose callbacks fails. */
    private static class Failing implements Protocol {
        enum At {
            MADE,
            DATA,
            ERROR,
            EOF,
            PAUSE,
            RESUME,
            LOST,
            GET_BUFFER,
            UPDATED
        }

        final Fault fault;
        final At at;
        final LoopFuture<@Nullable Throwable> lost;
        private @Nullable Transport transport;

        Failing(Fault fault, At at, LoopFuture<@Nullable Throwable> lost) {
            this.fault = fault;
            this.at = at;
            this.lost = lost;
        }

        void strikeAt(At here) {
            if (at == here) {
                fault.strike();
            }
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            strikeAt(At.MADE);
            if (at == At.PAUSE || at == At.RESUME) {
                made.setWriteBufferLimits(1_000, 10_000);
                byte[] piece = new byte[1 << 20];
                for (int i = 0; i < 16 && !made.isClosing(); i++) {
                    made.write(piece);
                }
            }
        }

        @Override
        public void dataReceived(byte[] data) {
            strikeAt(At.DATA);
        }

        @Override
        public boolean eofReceived() {
            strikeAt(At.EOF);
            return at == At.RESUME;
        }

        @Override
        public void pauseWriting() {
            strikeAt(At.PAUSE);
        }

        @Override
        public void resumeWriting() {
            strikeAt(At.RESUME);
        }

        @Override
        public void connectionLost(@Nullable Throwable cause) {
            lost.setResult(cause);
            strikeAt(At.LOST);
        }

        @Override
        public String toString() {
            return at + " " + transport;
        }
    }

    private static final class FailingBuffered extends Failing implements BufferedProtocol {
        FailingBuffered(Fault fault, At at, LoopFuture<@Nullable Throwable> lost) {
            super(fault, at, lost);
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            strikeAt(At.GET_BUFFER);
            return ByteBuffer.allocate(sizeHint);
        }

        @Override
        public void bufferUpdated(int count) {
            strikeAt(At.UPDATED);
        }
    }

    private record FailingDatagrams(Fault fault, Failing.At at, LoopFuture<@Nullable Throwable> lost)
            implements DatagramProtocol {
        private void strikeAt(Failing.At here) {
            if (at == here) {
                fault.strike();
            }
        }

        @Override
        public void connectionMade(DatagramTransport transport) {
            strikeAt(Failing.At.MADE);
        }

        @Override
        public void datagramReceived(Datagram datagram) {
            strikeAt(Failing.At.DATA);
        }

        @Override
        public void errorReceived(IOException error) {
            strikeAt(Failing.At.ERROR);
        }

        @Override
        public void connectionLost(@Nullable Throwable cause) {
            lost.setResult(cause);
            strikeAt(Failing.At.LOST);
        }
    }
}
