package io.loomloop.sync;

import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import io.loomloop.spi.LoopService;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The offers to the queues of one loop that are not in their queue yet. When the loop closes first they fail, so that no thread
 * waits for ever and no item is lost in silence.
 */
final class PendingOffers implements LoopService {
    private final EventLoop loop;
    private final Set<LoopFuture<?>> offers = ConcurrentHashMap.newKeySet();
    // the closing thread writes, before it looks at the offers; any thread reads, after it has added one
    private volatile boolean closed;

    private PendingOffers(EventLoop loop) {
        this.loop = loop;
    }

    static PendingOffers of(EventLoop loop) {
        return loop.service(PendingOffers.class, PendingOffers::new);
    }

    void add(LoopFuture<?> offer) {
        offers.add(offer);
        if (closed) {
            offers.remove(offer);
            throw closedException();
        }
    }

    void remove(LoopFuture<?> offer) {
        offers.remove(offer);
    }

    @Override
    public void close() {
        closed = true;
        for (LoopFuture<?> offer : offers) {
            offer.trySetException(closedException());
        }
        offers.clear();
    }

    private LoopClosedException closedException() {
        return new LoopClosedException("the event loop was closed before the item was in its queue: " + loop);
    }
}
