package io.loomloop.nio;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Counts how often it is to go on. */
final class FakeSource implements ByteSource {
    private final SocketEngine engine;
    private final Inbound inbound;
    // the reading actor only
    int resumed;

    FakeSource(SocketEngine engine, int limit) {
        this.engine = engine;
        this.inbound = new Inbound(this, limit);
    }

    @Override
    public SocketEngine engine() {
        return engine;
    }

    @Override
    public Inbound inbound() {
        return inbound;
    }

    @Override
    public @Nullable IOException failure() {
        return null;
    }

    @Override
    public void resumeReading() {
        resumed++;
    }

    @Override
    public void abort() {}
}
