package io.loomloop.sync;

import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import io.loomloop.spi.LoopService;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The offers to the queues of one loop that are not in their queue yet. When the loop closes first they fail, so that no thread
 * waits for ever and no item is lost in silence.
 *
 * <p>The map is one without locks: a lock that a producer holds would have the loop do other things in the middle of a step.
 */
final class PendingOffers implements LoopService {
    private final EventLoop loop;
    private final AtomicLong numbers = new AtomicLong();
    private final ConcurrentNavigableMap<Long, LoopFuture<?>> offers = new ConcurrentSkipListMap<>();
    // the closing thread writes, before it looks at the offers; any thread reads, after it has added one
    private volatile boolean closed;

    PendingOffers(EventLoop loop) {
        this.loop = loop;
    }

    static PendingOffers of(EventLoop loop) {
        return loop.service(PendingOffers.class, PendingOffers::new);
    }

    /**
     * Takes an offer in. Any thread.
     *
     * @return its number
     */
    Long add(LoopFuture<?> offer) {
        Long number = numbers.incrementAndGet();
        offers.put(number, offer);
        if (closed) {
            offers.remove(number);
            // close may have failed it, which nobody would ever ask about: the caller is told here
            offer.cancel();
            throw closedException();
        }
        return number;
    }

    /** Forgets an offer. Any thread, never waits. */
    void remove(Long number) {
        offers.remove(number);
    }

    @Override
    public void close() {
        closed = true;
        for (LoopFuture<?> offer : offers.values()) {
            offer.trySetException(closedException());
        }
        offers.clear();
    }

    private LoopClosedException closedException() {
        return new LoopClosedException("the event loop was closed before the item was in its queue: " + loop);
    }
}
