package io.loomloop;

import java.io.Serializable;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Work in the shape of a Callable that can be sent to another machine.
 *
 * @param body serializable as well
 */
record PortableWork<T extends @Nullable Object>(Body<? extends T, ?> body) implements Callable<T>, Serializable {
    @Override
    public T call() throws Exception {
        return body.call();
    }

    /** {@link VoidBody#asBody} of work that is serializable, serializable too. */
    static <X extends Exception> Body<@Nullable Void, X> body(VoidBody<X> work) {
        return (Body<@Nullable Void, X> & Serializable) () -> {
            work.run();
            return null;
        };
    }
}
