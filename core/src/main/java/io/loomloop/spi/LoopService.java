package io.loomloop.spi;

import io.loomloop.EventLoop;
import java.util.function.Function;

/**
 * Something a loop owns one of, made when it is first asked for and closed with the loop: the selector thread of its sockets,
 * for example.
 *
 * @see EventLoop#service(Class, Function)
 */
public interface LoopService {
    /**
     * Ends the service. Called once, while the loop closes: after all its tasks have ended and before its thread does, never on
     * the loop thread. Futures completed from here on wake nobody. It should not take longer than a moment.
     */
    void close();
}
