package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A group of asynchronous channels without a thread or a system behind it, so that every sample of a stress test can have one. */
final class FakeCompletions extends AsynchronousChannelGroup {
    FakeCompletions() {
        super(AsynchronousChannelProvider.provider());
    }

    /** The sockets of a loop that never runs, served by completion. */
    static SocketEngine engine() {
        EventLoop loop = EventLoop.builder()
                .name("stress")
                .slowStepThreshold(Duration.ZERO)
                .open();
        return new SocketEngine(loop, new FakeSelector().poller(), false, completions(loop));
    }

    static CompletionEngine completions(EventLoop loop) {
        return new CompletionEngine(loop, new FakeCompletions(), new ConcurrentLinkedQueue<>());
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public void shutdown() {}

    @Override
    public void shutdownNow() {}

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }
}
