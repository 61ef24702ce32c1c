package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * How host names are looked up, and for how long: a setting of {@link StreamOptions} and {@link DatagramOptions}. A look-up holds a
 * thread of the {@link LookUpPool}, never the loop; a literal address needs none.
 */
record LookUp(Resolver resolver, Duration timeout) {
    static final LookUp DEFAULT = new LookUp(Resolver.SYSTEM, Duration.ofSeconds(5));

    LookUp {
        Objects.requireNonNull(resolver, "resolver");
        requirePositive(timeout);
    }

    /** Refuses a limit of time that nothing could meet. */
    static Duration requirePositive(Duration timeout) {
        if (!Objects.requireNonNull(timeout, "timeout").isPositive()) {
            throw new IllegalArgumentException("a timeout must be positive: " + timeout);
        }
        return timeout;
    }

    LookUp with(Resolver other) {
        return new LookUp(other, timeout);
    }

    LookUp within(Duration other) {
        return new LookUp(resolver, other);
    }

    /** The addresses of a host with a port, at least one. Waits for a name, but not for a literal address. */
    List<InetSocketAddress> endpoints(EventLoop loop, String host, int port) throws IOException {
        return addresses(loop, host).stream()
                .map(address -> new InetSocketAddress(address, port))
                .toList();
    }

    /** The addresses of a host, at least one. */
    List<InetAddress> addresses(EventLoop loop, String host) throws IOException {
        if (host.isEmpty()) {
            throw new UnknownHostException("a host name cannot be empty");
        }
        if (Addresses.isLiteral(host)) {
            return List.of(InetAddress.getAllByName(host));
        }
        if (host.indexOf(':') >= 0) {
            throw new UnknownHostException(
                    "neither a name nor an address: " + host + " (the port is an argument of its own)");
        }
        List<InetAddress> found = ask(loop, host, () -> {
            List<InetAddress> addresses = resolver.addressesOf(host);
            Objects.requireNonNull(addresses, () -> "the resolver must not answer null: " + resolver);
            return List.copyOf(addresses);
        });
        if (found.isEmpty()) {
            throw new UnknownHostException("the resolver knows no address of " + host);
        }
        return found;
    }

    /** The name of an address. */
    String name(EventLoop loop, InetAddress address) throws IOException {
        return ask(
                loop,
                address.getHostAddress(),
                () -> Objects.requireNonNull(
                        resolver.nameOf(address), () -> "the resolver must not answer null: " + resolver));
    }

    private <T> T ask(EventLoop loop, String what, Body<T, IOException> question) throws IOException {
        LoopFuture<T> answer;
        try {
            answer = loop.runInExecutor(LookUpPool.EXECUTOR, question);
        } catch (RejectedExecutionException e) {
            throw new IOException("cannot look up " + what + ", " + LookUpPool.QUEUE + " look-ups wait already", e);
        }
        try {
            Async.waitAll(List.of(answer), timeout);
            if (answer.isDone()) {
                return answer.result();
            }
        } catch (CompletionException e) {
            throw failure(e);
        } finally {
            drop(answer);
        }
        throw new SocketTimeoutException("the look-up of " + what + " took longer than " + timeout);
    }

    /** Has the thread do something else; a failure that came too late is nobody's concern. */
    private static void drop(LoopFuture<?> answer) {
        if (!answer.cancel() && answer.state() == Future.State.FAILED) {
            var unused = answer.exception();
        }
    }

    private static IOException failure(CompletionException e) {
        if (e.getCause() instanceof UnknownHostException unknown) {
            UnknownHostException here = new UnknownHostException(unknown.getMessage());
            here.initCause(unknown);
            return here;
        }
        if (e.getCause() instanceof IOException failure) {
            return failure;
        }
        throw e;
    }
}
