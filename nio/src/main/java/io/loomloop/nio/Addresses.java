package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;

/** Turns host names into addresses without holding the loop. */
final class Addresses {
    private static final Pattern DOTTED = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private Addresses() {}

    /** The addresses of a host, at least one. Waits for a name, but not for a literal address. */
    static List<InetSocketAddress> resolve(EventLoop loop, String host, int port) throws IOException {
        if (host.isEmpty()) {
            throw new UnknownHostException("a host name cannot be empty");
        }
        InetAddress[] found = isLiteral(host) ? InetAddress.getAllByName(host) : lookUp(loop, host);
        return Arrays.stream(found)
                .map(address -> new InetSocketAddress(address, port))
                .toList();
    }

    /** A name never has a colon, and no top-level domain is a number, so the JDK looks none of these up. */
    static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || (DOTTED.matcher(host).matches() && isDottedQuad(host));
    }

    private static boolean isDottedQuad(String host) {
        return Arrays.stream(host.split("\\.")).allMatch(part -> Integer.parseInt(part) <= 255);
    }

    private static InetAddress[] lookUp(EventLoop loop, String host) throws IOException {
        try {
            return loop.<InetAddress[]>runInExecutor(() -> InetAddress.getAllByName(host))
                    .await();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                UnknownHostException here = new UnknownHostException(unknown.getMessage());
                here.initCause(unknown);
                throw here;
            }
            throw e;
        }
    }
}
