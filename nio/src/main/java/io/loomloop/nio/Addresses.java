package io.loomloop.nio;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Knows literal addresses from host names, and how addresses are shown. */
final class Addresses {
    private static final int IPV6_GROUPS = 8;
    private static final Pattern HEX = Pattern.compile("\\p{XDigit}{1,4}");
    private static final Pattern DOTTED = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]");

    private Addresses() {}

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

    /** An address as it appears in names and messages, on one line. The address of a client of a Unix domain socket is empty. */
    static String describe(@Nullable SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress unix) {
            return CONTROL.matcher(unix.getPath().toString()).replaceAll("?"); // the peer has chosen it
        }
        return String.valueOf(address);
    }

    /** As {@link #describe}, but never empty. */
    static String show(@Nullable SocketAddress address) {
        String text = describe(address);
        return text.isEmpty() ? "unnamed" : text;
    }
}
