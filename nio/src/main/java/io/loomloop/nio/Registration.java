package io.loomloop.nio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.SelectionKey;

/**
 * Something that the selector thread looks after: a connection or a listening socket.
 *
 * <p>Any thread asks for things with {@link #request}; the selector thread does them. A request is a bit, so asking twice before it
 * was attended to is asking once.
 *
 * <pre>
 *  requests:  0 --request, which then submits--> some bits --request--> more bits
 *             any --the selector thread, before it attends--> 0
 * </pre>
 */
abstract class Registration {
    private static final VarHandle REQUESTS;

    static {
        try {
            REQUESTS = MethodHandles.lookup().findVarHandle(Registration.class, "requests", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final SelectorThread selector;
    // any thread sets bits, the selector thread takes them
    private volatile int requests;

    Registration(SelectorThread selector) {
        this.selector = selector;
    }

    /** Has the selector thread attend to this soon. Any thread. */
    final void request(int bits) {
        if ((int) REQUESTS.getAndBitwiseOr(this, bits) == 0) {
            selector.submit(this);
        }
    }

    /** What was asked for since the last time. Selector thread. */
    final int takeRequests() {
        return (int) REQUESTS.getAndSet(this, 0);
    }

    /** Does what was asked for. Selector thread; what it throws goes to {@link #fail}. */
    abstract void attend(int bits) throws Exception;

    /** Serves the channel, which is ready. Selector thread; what it throws goes to {@link #fail}. */
    abstract void ready(SelectionKey key) throws Exception;

    /** Gives up after a failure; must not throw. Selector thread. */
    abstract void fail(Throwable failure);

    /** The channel has been closed and its descriptor is free; must not throw. Selector thread. */
    abstract void released();

    /** Closes the channel because the loop closes; must not throw. Selector thread, or any thread once that one has ended. */
    abstract void shutDown();
}
