package io.loomloop.nio;

import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopGroup;
import io.loomloop.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;

/** Starts servers on all loops of a group: on all of them that are not closed, or on none. */
final class GroupOpening {
    private GroupOpening() {}

    /** True when the system spreads clients over sockets that share a port, or there is nothing to spread. Others give all to one socket. */
    static boolean isSpreadBySystem(LoopGroup group) {
        return group.size() == 1 || System.getProperty("os.name").equals("Linux");
    }

    /** Has a loop of the group start a server, and waits for that. Any thread. */
    static GroupServer start(LoopGroup group, Body<GroupServer, IOException> body) throws IOException {
        Task<GroupServer> start = group.next().createTask("start a server", body);
        try {
            return start.await();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        } catch (CancelledException e) {
            start.cancel();
            start.addDoneCallback(done -> {
                if (done.state() == Future.State.SUCCESS) {
                    done.result().close(); // it was done already, and nobody gets it
                } else if (done.state() == Future.State.FAILED) {
                    var unused = done.exception(); // nobody wants to know
                }
            });
            throw e;
        }
    }

    /** In a task. */
    static GroupServer open(
            LoopGroup group,
            ClientHandler handler,
            List<InetSocketAddress> addresses,
            StreamOptions options,
            boolean spread)
            throws IOException {
        Servers servers = make(group, handler, options, !spread);
        return listen(group, servers, options, () -> {
            if (spread) {
                bindAll(servers, addresses, options);
            } else {
                servers.all().get(0).bindPolled(addresses, options);
            }
        });
    }

    /** In a task. */
    static GroupServer open(
            LoopGroup group, ClientHandler handler, UnixDomainSocketAddress address, StreamOptions options)
            throws IOException {
        Servers servers = make(group, handler, options, true);
        options.tryOnUnixServer();
        return listen(
                group, servers, options, () -> UnixSockets.listen(servers.all().get(0), address, options));
    }

    private static Servers make(LoopGroup group, ClientHandler handler, StreamOptions options, boolean handOut)
            throws IOException {
        TlsUpgrade.tryOnServer(options);
        Servers servers = new Servers(options, handOut);
        List<Server> made = new ArrayList<>();
        for (EventLoop loop : group) {
            if (!loop.isClosed()) {
                made.add(new Server(SocketEngine.of(loop), handler, options, servers));
            }
        }
        servers.set(made);
        return servers;
    }

    /** Makes listening sockets. */
    private interface Binder {
        void bind() throws IOException;
    }

    private static GroupServer listen(LoopGroup group, Servers servers, StreamOptions options, Binder binder)
            throws IOException {
        try {
            binder.bind();
            servers.watchLoops();
            servers.begin();
            return new GroupServer(group, servers, options);
        } catch (Throwable failure) {
            servers.close();
            throw failure;
        }
    }

    /** Makes listening sockets on each loop, all at the same addresses. */
    private static void bindAll(Servers servers, List<InetSocketAddress> addresses, StreamOptions options)
            throws IOException {
        if (servers.all().size() == 1) {
            servers.all().get(0).bind(addresses, options);
            return;
        }
        if (!options.reusePort()) {
            for (InetSocketAddress address : addresses) {
                requireFree(address);
            }
        }
        StreamOptions shared = options.withReusePort(true);
        List<InetSocketAddress> wanted = addresses;
        for (Server server : servers.all()) {
            server.bind(wanted, shared);
            wanted = servers.addresses().stream()
                    .map(InetSocketAddress.class::cast) // the port is known now
                    .toList();
        }
    }

    /**
     * Fails when somebody listens there already: a socket that shares its port would join him without a word. A socket that never
     * listens finds out, and refuses no client.
     */
    private static void requireFree(InetSocketAddress address) throws IOException {
        if (address.getPort() == 0) {
            return;
        }
        boolean ipv4 = address.getAddress() instanceof Inet4Address;
        try (SocketChannel probe =
                SocketChannel.open(ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
            StreamOptions.reuseAddress(probe);
            probe.bind(address);
        } catch (BindException e) {
            if (e.getMessage() != null && e.getMessage().contains("already in use")) {
                throw Streams.explain(e, address);
            } // Binding says what else is wrong
        } catch (UnsupportedOperationException e) {
            // as above
        }
    }
}
