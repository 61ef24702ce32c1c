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
    private static final int IPV6_GROUPS = 8;
    private static final Pattern HEX = Pattern.compile("\\p{XDigit}{1,4}");
    private static final Pattern DOTTED = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private Addresses() {}

    /** The addresses of a host, at least one. Waits for a name, but not for a literal address. */
    static List<InetSocketAddress> resolve(EventLoop loop, String host, int port) throws IOException {
        if (host.isEmpty()) {
            throw new UnknownHostException("a host name cannot be empty");
        }
        if (host.indexOf(':') >= 0 && !isLiteral(host)) {
            throw new UnknownHostException(
                    "neither a name nor an address: " + host + " (the port is an argument of its own)");
        }
        InetAddress[] found = isLiteral(host) ? InetAddress.getAllByName(host) : lookUp(loop, host);
        return Arrays.stream(found)
                .map(address -> new InetSocketAddress(address, port))
                .toList();
    }

    /** What the JDK takes for an address and does not look up. */
    static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 ? isIpv6(host) : isDottedQuad(host);
    }

    private static boolean isIpv6(String host) {
        boolean inBrackets = host.startsWith("[") && host.endsWith("]");
        String address = inBrackets ? host.substring(1, host.length() - 1) : host;
        int scope = address.indexOf('%');
        if (scope >= 0) {
            address = address.substring(0, scope);
        }
        int gap = address.indexOf("::");
        if (gap < 0) {
            return groups(address) == IPV6_GROUPS;
        }
        int before = groups(address.substring(0, gap));
        int after = groups(address.substring(gap + 2));
        return before >= 0 && after >= 0 && before + after < IPV6_GROUPS;
    }

    /** How many groups of 16 bits these are; -1 if they are none. */
    private static int groups(String part) {
        if (part.isEmpty()) {
            return 0;
        }
        int count = 0;
        String[] groups = part.split(":", -1);
        for (int i = 0; i < groups.length; i++) {
            if (HEX.matcher(groups[i]).matches()) {
                count++;
            } else if (i == groups.length - 1 && isDottedQuad(groups[i])) {
                count += 2;
            } else {
                return -1;
            }
        }
        return count;
    }

    private static boolean isDottedQuad(String host) {
        return DOTTED.matcher(host).matches()
                && Arrays.stream(host.split("\\.")).allMatch(part -> Integer.parseInt(part) <= 255);
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
