package io.loomloop.bench.report;

import java.util.Locale;

/** Who did a work: the end of the name of a benchmark's method. In the order of the columns. */
enum Peer {
    LOOMLOOP("loomloop"),
    BARE("bare continuation"),
    THREAD("bare thread"),
    JDK("JDK"),
    KOTLINX("kotlinx"),
    NETTY("Netty");

    final String title;

    Peer(String title) {
        this.title = title;
    }

    static Peer of(String method) {
        for (Peer peer : values()) {
            if (method.endsWith(peer.suffix())) {
                return peer;
            }
        }
        return LOOMLOOP;
    }

    /** The name without the peer: what the work is. */
    String work(String method) {
        return this == LOOMLOOP ? method : method.substring(0, method.length() - suffix().length());
    }

    private String suffix() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
}
