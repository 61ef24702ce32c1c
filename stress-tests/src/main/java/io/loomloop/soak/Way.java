package io.loomloop.soak;

import io.loomloop.check.LocalTls;
import io.loomloop.nio.ClientHandler;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.Streams;
import io.loomloop.nio.Tls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.concurrent.atomic.AtomicLong;

/** A way between a client and a server of this machine. */
enum Way {
    /** The loopback interface. */
    TCP {
        @Override
        Peer start(ClientHandler handler) throws IOException {
            Server server = Streams.startServer(handler, "127.0.0.1", 0);
            return new Peer(server, () -> Streams.openConnection("127.0.0.1", server.port()));
        }
    },
    /** The same, encrypted. */
    TLS {
        @Override
        Peer start(ClientHandler handler) throws IOException {
            Server server = Streams.startServer(handler, "localhost", 0, Secured.SERVER);
            return new Peer(server, () -> Streams.openConnection("localhost", server.port(), Secured.CLIENT));
        }
    },
    /** A Unix domain socket. */
    UNIX {
        @Override
        Peer start(ClientHandler handler) throws IOException {
            Path path = FOLDER.resolve("soak-" + ProcessHandle.current().pid() + "-" + NUMBERS.incrementAndGet());
            Server server = Streams.startUnixServer(handler, path);
            return new Peer(server, () -> Streams.openUnixConnection(path));
        }
    };

    // not the working folder: the path of such a socket must be short
    private static final Path FOLDER = Path.of(System.getProperty("java.io.tmpdir"));
    private static final AtomicLong NUMBERS = new AtomicLong();

    /** A server, and how to get there. */
    record Peer(Server server, Opening opening) {
        Connection open() throws IOException {
            return opening.open();
        }
    }

    @FunctionalInterface
    interface Opening {
        Connection open() throws IOException;
    }

    /** Starts a server; in a task. */
    abstract Peer start(ClientHandler handler) throws IOException;

    private static final class Secured {
        static final StreamOptions SERVER;
        static final StreamOptions CLIENT;

        static {
            try {
                SERVER = StreamOptions.DEFAULT.withTls(Tls.server(LocalTls.server()));
                CLIENT = StreamOptions.DEFAULT.withTls(Tls.client(LocalTls.client()));
            } catch (GeneralSecurityException | IOException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }
}
