package io.loomloop.nio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.SelectionKey;

/**
 * Something that the I/O thread looks after: a connection or a listening socket.
 *
 * <p>Any thread asks for things with {@link #request}; the I/O thread does them. A request is a bit, so asking twice before it
 * was attended to is asking once.
 *
 * <pre>
 *  requests:  0 --request, which then submits--> some bits --request--> more bits
 *             any --the I/O thread, before it attends--> 0
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

    final SocketEngine engine;
    // any thread sets bits, the I/O thread takes them
    private volatile int requests;

    Registration(SocketEngine engine) {
        this.engine = engine;
    }

    /** Has the I/O thread attend to this soon. Any thread. */
    final void request(int bits) {
        if ((int) REQUESTS.getAndBitwiseOr(this, bits) == 0) {
            engine.poller().submit(this);
        }
    }

    /** What was asked for since the last time. I/O thread. */
    final int takeRequests() {
        return (int) REQUESTS.getAndSet(this, 0);
    }

    /** Does what was asked for. I/O thread; what it throws goes to {@link #fail}. */
    abstract void attend(int bits) throws Exception;

    /** Serves the channel, which is ready for {@code ops}. I/O thread; what it throws goes to {@link #fail}. */
    abstract void ready(SelectionKey key, int ops) throws Exception;

    /** Gives up after a failure; must not throw. I/O thread. */
    abstract void fail(Throwable failure);

    /** The channel has been closed and its descriptor is free; must not throw. I/O thread. */
    abstract void released();

    /** Closes the channel because the loop closes; must not throw. I/O thread, or any thread once that one has ended. */
    abstract void shutDown();
}
