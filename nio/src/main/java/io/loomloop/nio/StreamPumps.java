package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.spi.LoopService;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The blocking streams that a loop reads: it ends their readers when it closes. */
final class StreamPumps implements LoopService {
    // loop thread adds, the closing thread reads
    private final Queue<PipeInput> pumps = new ConcurrentLinkedQueue<>();

    static StreamPumps of(EventLoop loop) {
        return loop.service(StreamPumps.class, closing -> new StreamPumps());
    }

    /** Adds one, and forgets those that are over. */
    void add(PipeInput pump) {
        pumps.removeIf(PipeInput::isAtEnd);
        pumps.add(pump);
    }

    @Override
    public void close() {
        pumps.forEach(PipeInput::close);
    }

    @Override
    public String toString() {
        return "the streams that a loop reads";
    }
}
