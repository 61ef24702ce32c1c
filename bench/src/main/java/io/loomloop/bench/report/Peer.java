package io.loomloop.bench.report;

import java.util.Locale;

/** Who did a work, in the order of the columns. Within the JVM: the end of the name of a benchmark's method. */
enum Peer {
    LOOMLOOP("loomloop"),
    BARE("bare continuation"),
    THREAD("bare thread"),
    JDK("JDK"),
    KOTLINX("kotlinx"),
    NETTY("Netty"),
    ASYNCIO("asyncio"),
    UVLOOP("uvloop"),
    NODE("Node"),
    GO("Go"),
    TOKIO("tokio");

    final String title;

    Peer(String title) {
        this.title = title;
    }

    /** The peer of a benchmark's method. */
    static Peer of(String method) {
        for (Peer peer : values()) {
            if (!peer.isOutside() && method.endsWith(peer.suffix())) {
                return peer;
            }
        }
        return LOOMLOOP;
    }

    static Peer titled(String title) {
        for (Peer peer : values()) {
            if (peer.title.equals(title)) {
                return peer;
            }
        }
        throw new IllegalArgumentException("no such peer: " + title);
    }

    boolean isOutside() {
        return compareTo(ASYNCIO) >= 0;
    }

    /** The name without the peer: what the work is. */
    String work(String method) {
        return this == LOOMLOOP ? method : method.substring(0, method.length() - suffix().length());
    }

    private String suffix() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
}
