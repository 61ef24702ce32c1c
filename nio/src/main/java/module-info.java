/** Sockets, streams and servers on the event loop. */
module io.loomloop.nio {
    requires transitive io.loomloop;
    requires static org.jspecify;

    exports io.loomloop.nio;

    provides io.loomloop.spi.LoopDriver with
            io.loomloop.nio.ProactorDriver,
            io.loomloop.nio.SelectorDriver;
}
