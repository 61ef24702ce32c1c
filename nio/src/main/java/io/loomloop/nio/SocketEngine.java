package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import io.loomloop.spi.LoopService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * What the sockets of one loop share: the {@link Poller}, the loop, and what has to be told to somebody.
 *
 * <p>With a {@link SelectorDriver} the loop's own driver polls; with any other driver a {@link SelectorThread} does, which is started
 * for the first socket. With a {@link ProactorDriver} there is a {@link CompletionEngine} besides, for the connections of the Internet.
 */
final class SocketEngine implements LoopService {
    private final EventLoop loop;
    private final Poller poller;
    private final LoopFuture<@Nullable Void> done;
    // null unless connections are served by completion
    private final @Nullable CompletionEngine completions;
    // null when the loop thread polls
    private final @Nullable SelectorThread thread;
    private final Watches watches = new Watches(this);
    // the closing thread sets
    private volatile boolean closing;

    // any thread adds and removes: what was lost and nobody was told of yet. Not a hash table, which takes locks
    private final Map<Long, Loss> untold = new ConcurrentSkipListMap<>();

    /** Over a poller that somebody polls: a thread of its own, if so asked, which is started here. */
    SocketEngine(EventLoop loop, Poller poller, boolean ownThread) {
        this(loop, poller, ownThread, null);
    }

    /** As {@link #SocketEngine(EventLoop, Poller, boolean)}; connections are served by {@code completions} if there are any. */
    SocketEngine(EventLoop loop, Poller poller, boolean ownThread, @Nullable CompletionEngine completions) {
        this.loop = loop;
        this.completions = completions;
        this.done = loop.createFuture();
        done.setResult(null);
        this.poller = poller;
        poller.reportTo(this::report);
        this.thread = ownThread ? SelectorThread.start(poller, loop.name() + "-selector") : null;
    }

    /** The engine of a loop, made if it is the first time. */
    static SocketEngine of(EventLoop loop) throws IOException {
        try {
            return loop.service(SocketEngine.class, SocketEngine::open);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static SocketEngine open(EventLoop loop) {
        try {
            return switch (loop.driver()) {
                case SelectorDriver driver -> new SocketEngine(loop, driver.poller(), false);
                case ProactorDriver driver -> openWithCompletions(loop);
                default -> new SocketEngine(loop, new Poller(), true);
            };
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    private static SocketEngine openWithCompletions(EventLoop loop) throws IOException {
        CompletionEngine completions = CompletionEngine.open(loop);
        try {
            return new SocketEngine(loop, new Poller(), true, completions);
        } catch (Throwable failure) {
            completions.close();
            throw failure;
        }
    }

    EventLoop loop() {
        return loop;
    }

    /** What watches the sockets. */
    Poller poller() {
        return poller;
    }

    /** True when the loop thread itself polls. Any thread. */
    boolean pollsOnLoop() {
        return thread == null;
    }

    /** What serves connections and servers of the Internet, with a {@link ProactorDriver}; else the poller does. */
    @Nullable
    CompletionEngine completions() {
        return completions;
    }

    /** The channels that users have given to the loop. */
    Watches watches() {
        return watches;
    }

    /** Throws if the calling task was cancelled: what makes a call a cancellation point although it need not wait. */
    void checkpoint() {
        done.await();
    }

    /** Throws unless the caller runs on the loop. */
    void ensureOnLoop(String what) {
        if (!loop.isCurrent()) {
            throw new IllegalStateException(what + " belongs to " + loop.name()
                    + ": use it in a task of that loop, for example with loop.createTask(...)");
        }
    }

    // ---- telling, from any thread

    /** Keeps in mind that somebody has to be told of a loss, at the latest when the loop closes. Any thread. */
    void remember(Loss loss) {
        untold.put(loss.number(), loss);
    }

    /** The opposite of {@link #remember}. Any thread. */
    void forget(Loss loss) {
        untold.remove(loss.number());
    }

    /** Has the loop run an engine's callback; false when it is closed. Any thread. */
    boolean callSoon(Runnable callback) {
        try {
            loop.callSoon(callback);
            return true;
        } catch (LoopClosedException e) {
            return false;
        }
    }

    /** Gives a failure to the exception handler, on the loop: the handler is user code. Any thread. */
    void report(ErrorContext context) {
        if (!callSoon(() -> loop.callExceptionHandler(context))) {
            EventLoop.logException(loop, context);
        }
    }

    // ---- the end

    /** True when the loop closes: all its tasks have ended, and no callback will run. Any thread. */
    boolean isClosing() {
        return closing;
    }

    @Override
    public void close() {
        closing = true;
        if (completions != null) {
            completions.close();
        }
        if (thread != null) {
            thread.end();
        } else {
            poller.shutDown(); // the loop does not run any more, so nobody polls
        }
        untold.values().forEach(Loss::report);
    }

    @Override
    public String toString() {
        return "the sockets of " + loop.name();
    }
}
