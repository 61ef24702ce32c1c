package io.loomloop.nio;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * How a connection ended, and who knows. All methods may be called from any thread.
 *
 * <pre>
 *  failure:  null --fail, the first one, unless aborted (CAS)--> a failure
 *  loss:     null --noteDropped, after a failure that nobody was told of (CAS)--> what has to be reported
 *  told:     false --throwIfFailed--> true
 * </pre>
 *
 * Who throws the failure sets {@code told}, then looks for a loss; who notes a loss sets it, then reads {@code told}. So a failure
 * that somebody was told of is not reported as well.
 */
final class Outcome {
    private static final VarHandle FAILURE;
    private static final VarHandle LOSS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            FAILURE = lookup.findVarHandle(Outcome.class, "failure", IOException.class);
            LOSS = lookup.findVarHandle(Outcome.class, "loss", Loss.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SocketEngine engine;

    // any thread, see above
    private volatile @Nullable IOException failure;
    private volatile @Nullable Loss loss;
    private volatile boolean told;
    // any thread sets: the user has closed the connection and may never ask how it went
    private volatile boolean givenUp;
    // loop thread sets: so many bytes at the end carry nothing of the user's, they are what TLS itself has to say
    private volatile long expendable;
    // any thread sets: what is unsent is dropped on purpose, and nothing is a failure any more
    private volatile boolean aborted;
    // who has made the connection sets: lives as long as the connection does, which nobody may be able to close any
    // more
    @SuppressWarnings({"UnusedVariable", "FieldCanBeLocal"})
    private @Nullable Forgotten forgotten;

    Outcome(SocketEngine engine) {
        this.engine = engine;
    }

    /** Has a connection that is forgotten be missed. In place of the one before, which was made of less. */
    void watch(Forgotten writer) {
        forgotten = writer;
    }

    // ---- what happens

    /** Notes what ended the connection; the first failure counts. */
    void fail(IOException cause) {
        if (!aborted) {
            FAILURE.compareAndSet(this, null, cause);
        }
    }

    /** Notes that bytes were dropped, if there is anybody to blame but the user, and if they were the user's. */
    void noteDropped(long bytes, Object from) {
        if (bytes > expendable) {
            noteLost(bytes, from);
        }
    }

    /**
     * As {@link #noteDropped}, for bytes of the user's.
     *
     * @return whether there is a loss now, and there was none before
     */
    boolean noteLost(long bytes, Object from) {
        IOException cause = failure;
        if (bytes == 0 || cause == null || loss != null || told) {
            return false;
        }
        Loss noted = new Loss(engine, bytes + " bytes were not sent by " + from + ": " + cause.getMessage(), cause);
        boolean first = LOSS.compareAndSet(this, null, noted);
        if (!first || told) {
            noted.tell();
        }
        return first;
    }

    /** The last {@code bytes} of all that was sent are no loss: a peer that goes without waiting for them misses nothing. */
    void noteExpendable(long bytes) {
        expendable = bytes;
    }

    long expendable() {
        return expendable;
    }

    /** Notes what ended the connection and is being thrown to whoever uses it; nothing of it needs to be reported. */
    void failAndTell(IOException cause) {
        fail(cause);
        told = true;
        Loss noted = loss;
        if (noted != null) {
            noted.tell();
        }
    }

    /** The user has closed the connection: from here on a loss is reported without waiting for a question. */
    void giveUp() {
        givenUp = true;
    }

    /** The user has given the connection up, and with it whatever is unsent. */
    void abort() {
        givenUp = true;
        aborted = true;
    }

    /** Reports a loss in a moment, unless somebody is told first or may still ask. */
    void reportLossSoon() {
        Loss noted = loss;
        if (givenUp && noted != null) {
            noted.reportSoon();
        }
    }

    // ---- asking

    /** What ended the connection, or null: it lives, or was closed by its user or its peer in the regular way. */
    @Nullable
    IOException failure() {
        return failure;
    }

    boolean isAborted() {
        return aborted;
    }

    /** True when what is written is not sent any more. */
    boolean isLost() {
        return aborted || failure != null;
    }

    /** Tells the caller of the failure, if there is one. Each caller gets an exception of its own. */
    void throwIfFailed() throws IOException {
        IOException cause = failure;
        if (cause == null) {
            return;
        }
        told = true;
        Loss noted = loss;
        if (noted != null) {
            noted.tell();
        }
        String message = "the connection is lost: " + cause.getMessage();
        IOException here;
        if (cause instanceof SSLException) {
            here = new SSLException(message);
        } else if (cause instanceof SocketTimeoutException) {
            here = new SocketTimeoutException(message);
        } else {
            here = new SocketException(message);
        }
        here.initCause(cause);
        throw here;
    }
}
