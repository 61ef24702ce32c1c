package io.loomloop.coroutine;

import io.loomloop.CancelledException;
import io.loomloop.PinnedException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The engine of generators and coroutines: a body, the stack on which it stops, and what passes between it and its driver.
 *
 * <p>It runs on the stack of whoever drives it, and is confined to the thread that drove it first. Compiled code keeps
 * {@code Thread.currentThread()} across a yield, and monitors and locks belong to a thread, so a body that woke up on another one
 * would see things that are not so.
 *
 * <pre>
 *  CREATED --send(null)--> RUNNING --return, throw--> DONE
 *     |                     |   ^
 *     |               yield v   | send, throwInto, close
 *     |                   SUSPENDED
 *     +--throwInto, close--> DONE (the body never runs)
 * </pre>
 */
final class Frame<Y extends @Nullable Object, S extends @Nullable Object, R extends @Nullable Object>
        implements Yielder<Y, S>, Runnable {
    private static final VarHandle OWNER;

    static {
        try {
            OWNER = MethodHandles.lookup().findVarHandle(Frame.class, "owner", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What the body is doing. */
    enum State {
        CREATED,
        SUSPENDED,
        RUNNING,
        DONE
    }

    private final String kind;
    // any thread, CAS from null; the owner sets null again at the end, from where on any thread may look
    private @Nullable Thread owner;

    // The rest: the owner only. Between body and driver, who take turns on its stack, nothing needs to be synchronised.
    private State state = State.CREATED;
    private Coroutine.@Nullable Body<Y, S, ? extends R> body;
    private @Nullable Suspendable stack;
    private @Nullable Object scopedValues;
    // the thread's own, for Monitors
    private Object @Nullable [] monitors;
    // to the body: at most one of them
    private @Nullable S sent;
    private @Nullable Throwable thrown;
    // from the body: what it yielded, or returned, or failed with
    private @Nullable Object value;
    private @Nullable Throwable failure;
    // it ended by returning; value is its result
    private boolean returned;
    // it stands at a yield whose value the driver has asked for, but not taken
    private boolean ahead;

    /** {@code kind} is what messages call it. */
    Frame(String kind, Coroutine.Body<Y, S, ? extends R> body) {
        Continuations.requireSupported();
        this.kind = kind;
        this.body = body;
    }

    // ---- the driver's side

    State state() {
        return state;
    }

    /** Every method that drives begins with this: neither another thread nor the body itself may. */
    void claim() {
        Thread self = Thread.currentThread();
        if (owner != self) {
            Thread other = (Thread) OWNER.compareAndExchange(this, null, self);
            if (other != null && other != self) {
                throw new IllegalStateException("this " + kind + " belongs to the thread that drove it first, " + other
                        + ", and cannot be driven by " + self);
            }
        }
        if (state == State.RUNNING) {
            throw new IllegalStateException("this " + kind + " is already executing");
        }
        if (state == State.DONE) {
            release();
        }
    }

    /** As {@link #claim}, for what makes no sense at the end. */
    void claimUnfinished() {
        claim();
        if (state == State.DONE) {
            throw new IllegalStateException("this " + kind + " has ended already");
        }
    }

    /** Goes on with a value, to the next yield or the end. Not when done. */
    boolean send(@Nullable S input) {
        if (state == State.CREATED && input != null) {
            throw new IllegalStateException("cannot send a value to a just-started " + kind
                    + ": no yield is there to take it, send null first");
        }
        sent = input;
        return resume();
    }

    /** Goes on with an exception, to the next yield or the end. Not when done. */
    boolean throwInto(Throwable exception) {
        if (state == State.CREATED) {
            end();
            throw unchecked(exception);
        }
        thrown = exception;
        return resume();
    }

    void close() {
        claim();
        if (state == State.CREATED) {
            end();
        } else if (state == State.SUSPENDED) {
            dropYielded();
            GeneratorExit exit = new GeneratorExit();
            boolean yielded;
            try {
                yielded = throwInto(exit);
            } catch (GeneratorExit e) {
                if (e != exit) {
                    throw e;
                }
                return;
            }
            if (yielded) {
                dropYielded();
                throw new IllegalStateException(
                        "this " + kind + " ignored GeneratorExit: it yielded while being closed");
            }
        }
    }

    /** Sees to it that there is a yielded value to take; false at the end. After {@link #claim}. */
    boolean lookAhead() {
        if (!ahead && state != State.DONE) {
            ahead = send(null);
        }
        return ahead;
    }

    /** True while a value waits to be taken that {@link #lookAhead} found. */
    boolean isAhead() {
        return ahead;
    }

    /** What the last step yielded. */
    @SuppressWarnings({"unchecked", "NullAway"}) // yield put it there
    Y takeYielded() {
        Y yielded = (Y) value;
        dropYielded();
        return yielded;
    }

    private void dropYielded() {
        value = null;
        ahead = false;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // run put it there
    R result() {
        if (!returned) {
            throw new IllegalStateException("this " + kind
                    + (state == State.DONE ? " has no result: it failed or was closed" : " has not returned yet"));
        }
        return (R) value;
    }

    /** True when the body has yielded, false when it has returned; throws what it has thrown. */
    private boolean resume() {
        Object outerScopedValues = Continuations.scopedValues();
        Suspendable continuation = stack;
        boolean first = continuation == null;
        if (continuation == null) {
            stack = continuation = Continuations.create(this);
            monitors = Continuations.monitorsToSettle();
        } else {
            Continuations.setScopedValues(scopedValues);
        }
        state = State.RUNNING;
        boolean ran = false;
        try {
            settleMonitors();
            continuation.run();
            ran = true;
        } finally {
            scopedValues = Continuations.scopedValues();
            Continuations.setScopedValues(outerScopedValues);
            sent = null;
            thrown = null;
            if (continuation.isDone()) {
                end();
            } else if (ran || !first) {
                state = State.SUSPENDED;
            } else {
                stack = null; // no room on the caller's stack for the first frame
                state = State.CREATED;
            }
        }
        if (state == State.SUSPENDED) {
            return true;
        }
        Throwable reason = failure;
        if (reason != null) {
            failure = null;
            throw unchecked(reason);
        }
        return false;
    }

    private void settleMonitors() {
        Object[] ours = monitors;
        if (ours != null) {
            Monitors.inflateOthers(ours);
        }
    }

    private void end() {
        state = State.DONE;
        body = null;
        stack = null;
        scopedValues = null;
        monitors = null;
        release();
    }

    private void release() {
        OWNER.setRelease(this, (Thread) null);
    }

    /** The rule of {@code await}: only what is checked is wrapped. */
    static RuntimeException unchecked(Throwable reason) {
        if (reason instanceof RuntimeException exception) {
            return exception;
        } else if (reason instanceof Error error) {
            throw error;
        } else if (reason instanceof InterruptedException) {
            // wrapped like the rest, it would not make a cancelled task cancelled
            CancelledException cancelled =
                    new CancelledException("interrupted in the body of a generator or coroutine");
            cancelled.initCause(reason);
            return cancelled;
        }
        return new CompletionException(reason);
    }

    // ---- the body's side

    /** The whole life of the body. */
    @Override
    public void run() {
        try {
            R result = Objects.requireNonNull(body).call(this);
            value = result;
            returned = true;
        } catch (Throwable e) {
            value = null;
            failure = e;
        }
    }

    @Override
    @SuppressWarnings("NullAway") // S is nullable wherever null can be sent
    public S yield(Y item) {
        Suspendable continuation = stack;
        if (state != State.RUNNING || continuation == null || Continuations.current() != continuation) {
            throw new IllegalStateException(
                    "only the body of this " + kind + " may yield, while it runs: not another thread"
                            + " or task, and not another generator inside of it");
        }
        value = item;
        settleMonitors();
        if (!Continuations.suspend()) {
            value = null;
            throw pinned(continuation.takePinned());
        }
        Throwable exception = thrown;
        if (exception != null) {
            throw unchecked(exception);
        }
        return sent;
    }

    private PinnedException pinned(@Nullable Object reason) {
        String what = switch (String.valueOf(reason)) {
            case "MONITOR" -> "it is inside a synchronized block, which JDK 21 to 23 cannot leave; use a ReentrantLock";
            // the newest JDKs count a static initialiser as a critical section
            case "NATIVE", "CRITICAL_SECTION" -> "a native method or a static initialiser is among its callers";
            default -> "the JDK says " + reason;
        };
        return new PinnedException("this " + kind + " cannot yield here: " + what);
    }

    @Override
    public @Nullable Object yieldFrom(Generator<? extends Y> inner) {
        Frame<? extends Y, ? super S, ?> frame = inner.frame;
        frame.claim();
        boolean more = frame.ahead || (frame.state != State.DONE && frame.send(null));
        delegate(frame, more);
        return frame.returned ? frame.result() : null;
    }

    @Override
    public <Q extends @Nullable Object> Q yieldFrom(Coroutine<? extends Y, ? super S, Q> inner) {
        Frame<? extends Y, ? super S, Q> frame = inner.frame;
        frame.claimUnfinished();
        delegate(frame, frame.send(null));
        return frame.result();
    }

    private void delegate(Frame<? extends Y, ? super S, ?> inner, boolean more) {
        while (more) {
            S input;
            try {
                input = this.yield(inner.takeYielded());
            } catch (GeneratorExit e) {
                inner.close();
                throw e;
            } catch (Throwable e) {
                inner.claimUnfinished();
                more = inner.throwInto(e);
                continue;
            }
            inner.claimUnfinished();
            more = inner.send(input);
        }
    }

    @Override
    public String toString() {
        return kind + "[" + state.name().toLowerCase(java.util.Locale.ROOT) + "]";
    }
}
