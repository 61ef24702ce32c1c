package io.loomloop;

import io.loomloop.spi.LoopService;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** What a loop owns one of each of, and closes when it ends. Any thread but the raw loop thread. */
final class Services {
    private final EventLoop loop;
    private final ReentrantLock lock = new ReentrantLock();
    // both under lock
    private final Map<Class<?>, LoopService> services = new LinkedHashMap<>();
    private boolean closed;

    Services(EventLoop loop) {
        this.loop = loop;
    }

    /** The service of that type, made now if it is the first time. */
    <S extends LoopService> S get(Class<S> type, Function<EventLoop, S> factory) {
        lock.lock();
        try {
            if (closed) {
                throw loop.closedException();
            }
            LoopService service = services.get(type);
            if (service == null) {
                service = Objects.requireNonNull(factory.apply(loop), "the factory made no service");
                services.put(type, service);
            }
            return type.cast(service);
        } finally {
            lock.unlock();
        }
    }

    /** Closes all services in the order in which they were made; none is made from here on. */
    void close() {
        List<LoopService> closing;
        lock.lock();
        try {
            closed = true;
            closing = List.copyOf(services.values());
            services.clear();
        } finally {
            lock.unlock();
        }
        // Outside the lock: a service may report failures, to user code.
        for (LoopService service : closing) {
            try {
                service.close();
            } catch (Throwable failure) {
                loop.report(new ErrorContext("could not close " + service, failure));
            }
        }
    }
}
