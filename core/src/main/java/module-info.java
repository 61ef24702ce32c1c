/** The event loop, its tasks and futures. */
module io.loomloop {
    requires jdk.unsupported;
    requires static org.jspecify;

    exports io.loomloop;
    exports io.loomloop.spi;
}
