package io.loomloop.nio;

import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is asked of it. */
final class FakeRegistration extends Registration {
    /** How often it was shut down. */
    final AtomicInteger shutDowns = new AtomicInteger();

    // the I/O actor, then the arbiter: how often it was asked for 1, and for 2
    int first;
    int second;

    FakeRegistration(SocketEngine engine) {
        super(engine);
    }

    @Override
    void attend(int bits) {
        first += bits & 1;
        second += bits >> 1;
    }

    @Override
    void ready(SelectionKey key, int ops) {}

    @Override
    void fail(Throwable failure) {}

    @Override
    void released() {}

    @Override
    void shutDown() {
        shutDowns.incrementAndGet();
    }
}
