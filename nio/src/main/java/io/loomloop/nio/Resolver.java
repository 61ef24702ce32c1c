package io.loomloop.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * Finds the addresses of host names: what {@link StreamOptions#withResolver} and {@link DatagramOptions#withResolver} take.
 *
 * <p>A resolver is asked on threads that all loops of the JVM share and that may be blocked, so it must be safe for several threads. It is
 * interrupted when its answer is not wanted any more; one that goes on keeps its thread from others. It runs in a copy of the
 * asking task's context. Literal addresses are never asked for.
 */
@FunctionalInterface
public interface Resolver {
    /** The JDK's: {@link InetAddress#getAllByName(String)}, and with it the files and servers that the system is set up for. */
    Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /**
     * The addresses of a host, best ones first.
     *
     * @param host a name; neither empty nor a literal address
     * @return at least one
     * @throws java.net.UnknownHostException when there is no such host
     * @throws IOException when it cannot be found out
     */
    List<InetAddress> addressesOf(String host) throws IOException;

    /**
     * The name of an address, or the address as text when it has none: what {@link Streams#lookUpName} asks for.
     *
     * @throws IOException when it cannot be found out
     */
    default String nameOf(InetAddress address) throws IOException {
        return address.getCanonicalHostName();
    }
}
