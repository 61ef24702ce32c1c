package io.loomloop;

import java.io.Serializable;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Work in the shape of a Callable that can be sent to another machine, where it arrives without the submitter's context. */
final class PortableWork<T extends @Nullable Object> implements Callable<T>, Serializable {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // whoever makes this has seen that it is
    private final Body<? extends T, ?> body;

    private final transient @Nullable Bindings values = ContextHolder.currentBindings();

    PortableWork(Body<? extends T, ?> body) {
        this.body = body;
    }

    @Override
    public T call() throws Exception {
        return ContextHolder.call(values, body);
    }

    /** {@link VoidBody#asBody} of work that is serializable, serializable too. */
    static <X extends Exception> Body<@Nullable Void, X> body(VoidBody<X> work) {
        return (Body<@Nullable Void, X> & Serializable) () -> {
            work.run();
            return null;
        };
    }
}
