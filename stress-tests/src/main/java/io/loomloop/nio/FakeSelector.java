package io.loomloop.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.function.Consumer;

/** A selector without a system behind it, so that every sample of a stress test can have one. Nothing is ever ready. */
class FakeSelector extends AbstractSelector {
    FakeSelector() {
        super(SelectorProvider.provider());
    }

    /** A poller with this selector and a small buffer. */
    Poller poller() {
        return new Poller(this, ByteBuffer.allocate(64));
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        FakeKey key = new FakeKey(this, channel);
        key.interest = ops;
        key.attach(attachment);
        return key;
    }

    @Override
    public int select(Consumer<SelectionKey> action, long timeout) {
        return 0;
    }

    @Override
    public int selectNow(Consumer<SelectionKey> action) {
        return 0;
    }

    @Override
    public Selector wakeup() {
        return this;
    }

    @Override
    public Set<SelectionKey> keys() {
        return Set.of();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return Set.of();
    }

    @Override
    public int selectNow() {
        return 0;
    }

    @Override
    public int select(long timeout) {
        return 0;
    }

    @Override
    public int select() {
        return 0;
    }

    @Override
    protected void implCloseSelector() throws IOException {}

    /** Remembers what it is interested in. */
    static final class FakeKey extends SelectionKey {
        private final Selector selector;
        private final SelectableChannel channel;
        // any actor sets
        private volatile boolean cancelled;
        // the I/O actor only
        int interest;

        FakeKey(Selector selector, SelectableChannel channel) {
            this.selector = selector;
            this.channel = channel;
        }

        @Override
        public SelectableChannel channel() {
            return channel;
        }

        @Override
        public Selector selector() {
            return selector;
        }

        @Override
        public boolean isValid() {
            return !cancelled;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        @Override
        public int interestOps() {
            return interest;
        }

        @Override
        public SelectionKey interestOps(int ops) {
            interest = ops;
            return this;
        }

        @Override
        public int readyOps() {
            return OP_READ;
        }
    }
}
