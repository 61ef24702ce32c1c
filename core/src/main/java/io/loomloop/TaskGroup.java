package io.loomloop;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that end together: asyncio's {@code TaskGroup}. Made by {@link Async#taskGroup(ScopeBody)}, which returns when all of them
 * have ended.
 *
 * <p>Children are started by the body of the group, by other children, or by anybody else on the same loop, until a child fails, the
 * group is cancelled, or the body and all children have ended. From then on the methods that start one throw
 * {@link IllegalStateException}.
 *
 * <p>{@link #cancel()} and {@link #toString} are safe from any thread. The other methods must be called on the loop of the group, by
 * a task or a callback, and throw {@link IllegalStateException} elsewhere.
 */
public final class TaskGroup {
    /*
     *  open --failure, cancel, cancellation of the parent--> aborting (children and body are told) --> finished
     *  open --the body and all children have ended--> finished
     *
     * All fields are for the loop thread only; toString reads estimates.
     */
    private final EventLoop loop;
    private final GroupParent parent;
    private final TaskGroupOptions options;
    private final @Nullable Turns turns;
    private final GroupErrors errors;
    // for the handler of failures
    private final @Nullable Bindings context;
    // those whose end has not been dealt with
    private final Set<TaskThread<?>> children = new LinkedHashSet<>();
    private final Deque<LoopFuture<@Nullable Void>> waitingForRoom = new ArrayDeque<>();
    // one of them was woken and has not gone on yet
    private boolean offered;
    private boolean bodyEnded;
    private boolean aborting;
    // what the parent waits for; done when the last child has ended
    private @Nullable LoopFuture<@Nullable Void> allEnded;

    private TaskGroup(TaskThread<?> parent, TaskGroupOptions options) {
        this.loop = parent.loop();
        this.parent = new GroupParent(parent);
        this.options = options;
        this.turns = options.limit == Integer.MAX_VALUE ? null : new Turns(loop, options.limit);
        this.errors = new GroupErrors(loop, options);
        this.context = ContextHolder.currentBindings();
    }

    // ---- the parent: from beginning to end

    static <T extends @Nullable Object> @Nullable T run(
            TaskGroupOptions options, ScopeBody<TaskGroup, ? extends T, ?> body) {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(body, "body");
        TaskThread<?> parent = LoopThread.currentTask();
        if (parent == null) {
            throw new IllegalStateException(
                    "a task group needs a task that waits for it, start one with createTask: this is none, but "
                            + Thread.currentThread());
        }
        TaskGroup group = new TaskGroup(parent, options);
        T result = null;
        Throwable failure = null;
        try {
            result = body.call(group);
        } catch (Throwable e) {
            failure = e;
        }
        group.end(failure);
        return result;
    }

    /** Waits for the children and throws what there is to throw: asyncio's {@code __aexit__}. */
    private void end(@Nullable Throwable failure) {
        bodyEnded = true;
        CancelledException cancellation = parent.cancellationIn(failure);
        boolean failed = failure != null && cancellation == null;
        if (failed) {
            abort("the body of the task group failed");
        } else if (cancellation != null) {
            abort(cancellation.getMessage());
        }
        CancelledException late;
        try {
            late = awaitChildren();
        } catch (Throwable e) {
            abandon(failed ? failure : null);
            throw e;
        }
        if (failed) {
            errors.add(Objects.requireNonNull(failure));
        }
        settle(late == null ? cancellation : late);
    }

    private @Nullable CancelledException awaitChildren() {
        CancelledException last = null;
        while (!children.isEmpty()) {
            LoopFuture<@Nullable Void> ended = loop.createFuture();
            allEnded = ended;
            try {
                ended.await();
            } catch (CancelledException e) {
                if (loop.isClosed()) {
                    throw e;
                }
                last = e;
                abort(e.getMessage());
            }
        }
        return last;
    }

    /** Failures go first, and the cancellation of somebody else comes again; that of the group ends here. */
    private void settle(@Nullable CancelledException cancellation) {
        boolean cancelledByOthers = parent.takeBack();
        if (!errors.isEmpty()) {
            if (cancelledByOthers) {
                parent.cancelAgain(cancellation);
            }
            errors.raise();
        }
        if (cancellation != null && (cancelledByOthers || !parent.wasCancelledByGroup())) {
            throw cancellation;
        }
    }

    /** The parent cannot wait: it is pinned, or its loop is closed. Nobody but the exception handler is left to hear of failures. */
    private void abandon(@Nullable Throwable failure) {
        if (failure != null) {
            errors.add(failure);
        }
        errors.reportAll();
        abort("the task that waits for the task group cannot wait");
        parent.takeBack();
    }

    // ---- ending early

    /**
     * Ends this group: cancels the body and all children. The call of {@code taskGroup} then returns as usual, without a
     * {@link CancelledException}, unless something fails or the task is cancelled from outside too. Does nothing when the group is
     * ending or has ended. Safe from any thread; from one that is not of the loop, it takes effect soon.
     */
    public void cancel() {
        cancel(null);
    }

    /**
     * As {@link #cancel()}, with a message.
     *
     * @param message is carried by the {@link CancelledException}s; may be null
     */
    public void cancel(@Nullable String message) {
        String reason = message == null ? "the task group was cancelled" : message;
        if (loop.isCurrent()) {
            abortAll(reason);
        } else {
            loop.thread().schedule(new Handle(loop, () -> abortAll(reason), false));
        }
    }

    /** Cancels the body too, if it has not ended. */
    private void abortAll(String message) {
        if (!aborting && !bodyEnded) {
            abort(message);
            parent.cancel(message);
        } else {
            abort(message);
        }
    }

    private void abort(@Nullable String message) {
        if (!aborting) {
            aborting = true;
            for (TaskThread<?> child : List.copyOf(children)) {
                child.cancel(message);
            }
            offerRoom();
        }
    }

    // ---- children

    /**
     * Starts a child, see {@link EventLoop#createTask(Body)}. With a limit, it may have to wait for its turn, but this call never
     * waits.
     *
     * @throws IllegalStateException when the group is ending or has ended, or the caller is not on its loop
     */
    public <T extends @Nullable Object> Task<T> createTask(Body<? extends T, ?> body) {
        return createTask(TaskOptions.DEFAULT, body);
    }

    /** As {@link #createTask(Body)}, for work without a result. */
    public Task<@Nullable Void> createTask(VoidBody<?> body) {
        return createTask(TaskOptions.DEFAULT, body);
    }

    /** As {@link #createTask(Body)}, with a name for the task and its thread. */
    public <T extends @Nullable Object> Task<T> createTask(String name, Body<? extends T, ?> body) {
        return createTask(TaskOptions.named(name), body);
    }

    /** As {@link #createTask(String, Body)}, for work without a result. */
    public Task<@Nullable Void> createTask(String name, VoidBody<?> body) {
        return createTask(TaskOptions.named(name), body);
    }

    /** As {@link #createTask(Body)}, with a name, a context or a start at once, as the options say. */
    public <T extends @Nullable Object> Task<T> createTask(TaskOptions options, Body<? extends T, ?> body) {
        return add(Objects.requireNonNull(options, "options"), Objects.requireNonNull(body, "body"), null);
    }

    /** As {@link #createTask(TaskOptions, Body)}, for work without a result. */
    public Task<@Nullable Void> createTask(TaskOptions options, VoidBody<?> body) {
        return createTask(options, Objects.requireNonNull(body, "body").asBody());
    }

    /**
     * Starts a child and waits until it says that it is ready: trio's {@code nursery.start}. The child is given a {@code started}
     * function and calls it once, from any thread; then this call returns what it was given, and the child goes on as any other.
     *
     * {@snippet :
     * int port = group.start(started -> {
     *     Listener listener = listen();
     *     started.accept(listener.port());
     *     listener.serve();
     * });
     * }
     *
     * <p>Until then a failure of the child is thrown here and is not one of the group, and a cancellation of the caller cancels the
     * child and waits for its end. A cancellation point.
     *
     * @return what the child was started with
     * @throws X what the child throws before it is started, the same instance
     * @throws CancelledException when the calling task is cancelled, or the child before it is started
     * @throws IllegalStateException when the child ends without having called {@code started}; when the group is ending or has
     *     ended, or the caller is not on its loop
     */
    public <V extends @Nullable Object, X extends Exception> V start(VoidScopeBody<Consumer<V>, X> body) throws X {
        return start(TaskOptions.DEFAULT, body);
    }

    /** As {@link #start(VoidScopeBody)}, with a name for the task and its thread. */
    public <V extends @Nullable Object, X extends Exception> V start(String name, VoidScopeBody<Consumer<V>, X> body)
            throws X {
        return start(TaskOptions.named(name), body);
    }

    /** As {@link #start(VoidScopeBody)}, with a name, a context or a start at once, as the options say. */
    public <V extends @Nullable Object, X extends Exception> V start(
            TaskOptions options, VoidScopeBody<Consumer<V>, X> body) throws X {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(body, "body");
        requireOnLoop();
        throwIfCancelled();
        Handshake<V> handshake = new Handshake<>(loop);
        VoidBody<X> work = () -> body.run(handshake);
        TaskThread<?> child = add(options, work.asBody(), handshake);
        return handshake.<X>await(child, () -> aborting);
    }

    private <T extends @Nullable Object> TaskThread<T> add(
            TaskOptions options, Body<? extends T, ?> body, @Nullable Handshake<?> handshake) {
        requireOnLoop();
        requireOpen();
        Turns.Turn turn = turns == null ? null : turns.new Turn();
        Task<T> task = loop.createTask(options, turn == null ? body : inTurn(turn, body));
        TaskThread<T> child = (TaskThread<T>) task;
        children.add(child);
        Hook hook = new Hook(child, handshake, turn);
        if (!child.addWaiter(hook)) {
            hook.completed();
        }
        if (aborting) {
            child.cancel("the task group is shutting down"); // a child that began at once has brought this about
        }
        return child;
    }

    private static <T extends @Nullable Object> Body<T, ?> inTurn(Turns.Turn turn, Body<? extends T, ?> body) {
        return () -> {
            turn.await();
            return body.call();
        };
    }

    private void requireOnLoop() {
        if (!loop.isCurrent()) {
            throw new IllegalStateException(
                    "a task group is for its own loop; from elsewhere use loop.callSoon(() -> group.createTask(...)): "
                            + this);
        }
    }

    private void requireOpen() {
        if (aborting || hasEnded()) {
            throw new IllegalStateException(
                    (hasEnded() ? "this task group has ended: " : "this task group is shutting down: ") + this);
        }
    }

    private boolean hasEnded() {
        return bodyEnded && children.isEmpty();
    }

    /**
     * Waits until a child that is started now could run at once: until fewer than the {@linkplain TaskGroupOptions#withLimit limit}
     * of children are left. Whoever starts very many calls this before each, so that not all of them are in memory. Returns at once
     * when there is no limit. A cancellation point.
     *
     * <p>For the body of a group. It keeps no place free: of many that wait, one finds room. A child that calls it is one of those
     * that are left.
     *
     * @throws IllegalStateException when the group is ending or has ended, or the caller is not on its loop
     */
    public void awaitRoom() {
        requireOnLoop();
        throwIfCancelled();
        requireOpen();
        for (boolean again = false; children.size() >= options.limit; again = true) {
            awaitOffer(again);
            requireOpen();
        }
    }

    /** Waits in line, or once more at its head for one who was too late. */
    private void awaitOffer(boolean again) {
        LoopFuture<@Nullable Void> room = loop.createFuture();
        if (again) {
            waitingForRoom.addFirst(room);
        } else {
            waitingForRoom.addLast(room);
        }
        try {
            room.await();
        } finally {
            if (room.state() == Future.State.SUCCESS) {
                offered = false;
                offerRoom(); // to the next, who comes after the caller has taken it, or has not
            } else {
                waitingForRoom.remove(room);
            }
        }
    }

    private static void throwIfCancelled() {
        TaskThread<?> task = LoopThread.currentTask();
        if (task != null) {
            task.throwIfCancelled();
        }
    }

    /** Wakes one who waits for room, if there is some; woken all at once, all but one would wait again. */
    private void offerRoom() {
        while (!offered && !waitingForRoom.isEmpty() && (aborting || children.size() < options.limit)) {
            offered = waitingForRoom.removeFirst().completeWith(null); // false for one that was cancelled meanwhile
        }
    }

    /** The children that have not ended, oldest first. */
    public List<Task<?>> tasks() {
        requireOnLoop();
        return List.copyOf(children);
    }

    // ---- the end of a child

    /** Told when a child is done, by the child itself; so the way from a child to the task that waits for it. */
    private final class Hook implements LoopFuture.Hook {
        private final TaskThread<?> child;
        private final @Nullable Handshake<?> handshake;
        private final Turns.@Nullable Turn turn;

        Hook(TaskThread<?> child, @Nullable Handshake<?> handshake, Turns.@Nullable Turn turn) {
            this.child = child;
            this.handshake = handshake;
            this.turn = turn;
        }

        /** A failure is dealt with in the next turn: until then its siblings may fail as well, and a parent may be mid-step. */
        @Override
        public void completed() {
            if (child.state() == Future.State.FAILED) {
                loop.scheduleOrRun(this::childEnded, context);
            } else {
                childEnded();
            }
        }

        @Override
        public LoopFuture<?> awaitedBy() {
            return parent.task;
        }

        private void childEnded() {
            boolean ready = handshake == null || !handshake.endedEarly(child);
            if (ready && child.state() == Future.State.FAILED) {
                childFailed(child, child.exceptionNow());
            }
            children.remove(child);
            if (turn != null) {
                turn.end();
            }
            if (children.isEmpty() && allEnded != null) {
                allEnded.completeWith(null);
            }
            offerRoom();
        }
    }

    private void childFailed(TaskThread<?> child, Throwable failure) {
        if (errors.takeFrom(child, failure)) {
            abortAll(child.name() + " failed");
        }
    }

    @Override
    public String toString() {
        String state = aborting ? ", shutting down" : hasEnded() ? ", ended" : "";
        return "TaskGroup[" + parent.task.name() + ", children=" + children.size() + ", errors=" + errors.size() + state
                + "]";
    }
}
