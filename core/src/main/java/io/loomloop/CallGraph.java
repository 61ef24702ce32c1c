package io.loomloop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom: a future, where it is if it is a task, and the futures and tasks that wait for it, each of which has the
 * same. asyncio's {@code FutureCallGraph}, with {@code capture_call_graph}, {@code format_call_graph} and
 * {@code print_call_graph}.
 *
 * <p>It is a picture of one moment and does not change. Taken by a task or a callback of the loop it is exact; taken from another
 * thread, which also works while something holds the loop, its parts may be of slightly different moments. Nothing here is a
 * cancellation point.
 *
 * <p>A wait ends before what it led to shows: what has a result, or was left by those who waited, has no edge any more. When tasks
 * wait for each other in a ring, the walk stops at the first one it meets again, which is shown without a stack.
 */
public final class CallGraph {
    private static final int DEEPEST_INDENT = 40;

    /** The machinery below a wait and above a body: classes whole, or single methods. */
    private static final Set<String> ENGINE = Set.of(
            "io.loomloop.Async.await",
            "io.loomloop.CallGraph",
            "io.loomloop.CompletionOrder",
            "io.loomloop.ContextHolder",
            "io.loomloop.GroupParent",
            "io.loomloop.Handshake",
            "io.loomloop.LoopFuture",
            "io.loomloop.Parking",
            "io.loomloop.ScopeBody",
            "io.loomloop.TaskGroup",
            "io.loomloop.TaskThread",
            "io.loomloop.Timeout",
            "io.loomloop.VoidScopeBody",
            "io.loomloop.VoidBody",
            "io.loomloop.WaitFor",
            "io.loomloop.Watch",
            "java.lang.System",
            "java.lang.Thread.getStackTrace",
            "java.lang.Thread.run",
            "java.lang.Thread.runWith",
            "java.lang.Thread.yield",
            "java.lang.VirtualThread",
            "jdk.internal.vm.Continuation");

    private final LoopFuture<?> future;
    private final List<StackTraceElement> callStack;
    private final List<CallGraph> awaitedBy;

    private CallGraph(LoopFuture<?> future, List<StackTraceElement> callStack, List<CallGraph> awaitedBy) {
        this.future = future;
        this.callStack = callStack;
        this.awaitedBy = List.copyOf(awaitedBy);
    }

    // ---- capturing

    /** The graph of the current task, or null when the caller is none. */
    public static @Nullable CallGraph capture() {
        return capture(Integer.MAX_VALUE);
    }

    /** As {@link #capture()}, with a limit to each stack as in {@link #capture(LoopFuture, int)}. */
    public static @Nullable CallGraph capture(int limit) {
        TaskThread<?> task = LoopThread.currentTask();
        return task == null ? null : capture(task, limit);
    }

    /** The graph of a future or task. */
    public static CallGraph capture(LoopFuture<?> future) {
        return capture(future, Integer.MAX_VALUE);
    }

    /**
     * The graph of a future or task, with parts of the stacks.
     *
     * @param limit how many frames of each stack, the innermost if positive, the outermost if negative; 0 leaves the stacks out
     */
    public static CallGraph capture(LoopFuture<?> future, int limit) {
        return walk(Objects.requireNonNull(future, "future"), limit);
    }

    /** A future on the way from the first one, with what was found out about those who wait for it. */
    private record Step(LoopFuture<?> future, Iterator<LoopFuture<?>> left, List<CallGraph> found) {
        Step(LoopFuture<?> future) {
            this(future, future.awaiters().iterator(), new ArrayList<>());
        }
    }

    /** Without recursion, because chains of tasks may be long. Whoever is met twice is looked at once. */
    private static CallGraph walk(LoopFuture<?> first, int limit) {
        IdentityHashMap<LoopFuture<?>, CallGraph> finished = new IdentityHashMap<>();
        Set<LoopFuture<?>> onTheWay = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Step> way = new ArrayDeque<>();
        way.push(new Step(first));
        onTheWay.add(first);
        for (; ; ) {
            Step step = way.element();
            if (step.left.hasNext()) {
                LoopFuture<?> next = step.left.next();
                CallGraph known = finished.get(next);
                if (known != null) {
                    step.found.add(known);
                } else if (onTheWay.add(next)) {
                    way.push(new Step(next));
                } else {
                    step.found.add(new CallGraph(next, List.of(), List.of()));
                }
            } else {
                CallGraph graph = new CallGraph(step.future, stackOf(step.future, limit), step.found);
                finished.put(step.future, graph);
                onTheWay.remove(step.future);
                way.pop();
                if (way.isEmpty()) {
                    return graph;
                }
                way.element().found.add(graph);
            }
        }
    }

    private static List<StackTraceElement> stackOf(LoopFuture<?> future, int limit) {
        if (limit == 0 || !(future instanceof TaskThread<?> task)) {
            return List.of();
        }
        List<StackTraceElement> frames =
                Arrays.stream(task.stack()).filter(frame -> !isEngine(frame)).toList();
        long most = Math.min(Math.abs((long) limit), frames.size());
        Stream<StackTraceElement> kept =
                limit > 0 ? frames.stream().limit(most) : frames.stream().skip(frames.size() - most);
        return kept.toList();
    }

    private static boolean isEngine(StackTraceElement frame) {
        String type = frame.getClassName();
        int nested = type.indexOf('$');
        String name = nested < 0 ? type : type.substring(0, nested);
        return ENGINE.contains(name) || ENGINE.contains(name + "." + frame.getMethodName());
    }

    // ---- looking

    /** The future or task this is about. */
    public LoopFuture<?> future() {
        return future;
    }

    /**
     * Where the task is, innermost frame first, without the frames of the waiting itself. Empty for a future that is no task, for a
     * task that has not begun or is done.
     */
    public List<StackTraceElement> callStack() {
        return callStack;
    }

    /** Who waits for {@link #future}, in the order in which they came. */
    public List<CallGraph> awaitedBy() {
        return awaitedBy;
    }

    /** The graph of the current task as text, see {@link #toString}; empty when the caller is none. */
    public static String format() {
        CallGraph graph = capture();
        return graph == null ? "" : graph.toString();
    }

    /** The graph of a future or task as text, see {@link #toString}. */
    public static String format(LoopFuture<?> future) {
        return capture(future).toString();
    }

    /** As {@link #format(LoopFuture)}, with a limit to each stack as in {@link #capture(LoopFuture, int)}. */
    public static String format(LoopFuture<?> future, int limit) {
        return capture(future, limit).toString();
    }

    /** Prints the graph of the current task to {@link System#out}; nothing when the caller is none. */
    public static void print() {
        System.out.print(format());
    }

    /** Prints the graph of a future or task to {@link System#out}. */
    public static void print(LoopFuture<?> future) {
        System.out.print(format(future));
    }

    /** The graph as lines of text. What is in it more than once is told in full the first time. */
    @Override
    public String toString() {
        record Place(CallGraph graph, int depth) {}
        StringBuilder text = new StringBuilder();
        Set<CallGraph> told = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Place> left = new ArrayDeque<>(List.of(new Place(this, 0)));
        while (!left.isEmpty()) {
            Place place = left.pop();
            String indent = "    ".repeat(Math.min(place.depth, DEEPEST_INDENT));
            boolean again = !told.add(place.graph);
            boolean more = !place.graph.awaitedBy.isEmpty();
            text.append(indent).append("* ").append(place.graph.future).append(again && more ? ", see above\n" : "\n");
            if (again) {
                continue;
            }
            if (!place.graph.callStack.isEmpty()) {
                text.append(indent).append("  + call stack:\n");
                place.graph.callStack.forEach(frame ->
                        text.append(indent).append("  |   at ").append(frame).append('\n'));
            }
            if (more) {
                text.append(indent).append("  + awaited by:\n");
            }
            for (int i = place.graph.awaitedBy.size() - 1; i >= 0; i--) {
                left.push(new Place(place.graph.awaitedBy.get(i), place.depth + 1));
            }
        }
        return text.toString();
    }
}
