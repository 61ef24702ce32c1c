/** The event loop, its tasks and futures. */
module io.loomloop {
    requires jdk.unsupported;
    requires static org.jspecify;
    requires static org.junit.jupiter.api;

    uses io.loomloop.spi.LoopDriver;

    exports io.loomloop;
    exports io.loomloop.coroutine;
    exports io.loomloop.spi;
    exports io.loomloop.testing;
    exports io.loomloop.sync;
}
