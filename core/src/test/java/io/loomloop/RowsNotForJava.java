package io.loomloop;

import java.util.List;

/**
 * The rules of asyncio's loop, futures, tasks and locks (rows 1 to 62, 78 to 80 and 82 of our reference) that have no test here, whole or in part, and
 * why. All the others have tests that carry their row's number in the display name; {@link RowCoverageTest} holds this.
 */
final class RowsNotForJava {
    /** A rule that does not apply, or not yet. */
    record Exemption(int row, boolean whole, String part, String reason) {}

    static final List<Exemption> ALL = List.of(
            part(1, "cancelled timers are purged at the head of a turn", "they leave the heap when they are cancelled"),
            part(5, "no loop inside another one", "each loop has a thread of its own, so a task may run another loop"),
            part(
                    8,
                    "the heap is rebuilt when more than half of it is cancelled",
                    "cancelled timers leave the heap at once"),
            part(9, "a lock is held while a thread-safe handle runs", "one atomic exchange decides instead"),
            part(
                    10,
                    "KeyboardInterrupt and SystemExit leave run_forever",
                    "Python only; errors are reported like failures"),
            part(12, "call_soon from a wrong thread fails in debug mode", "callSoon may be called from any thread"),
            part(12, "a coroutine as a callback is a TypeError", "Python only; Java has types"),
            part(13, "the main thread alone may add a handler", "any thread may, the JVM has a thread for signals"),
            part(13, "a coroutine as a callback is a TypeError", "Python only; Java has types"),
            whole(
                    14,
                    "add_reader replaces, and is refused for a transport's descriptor",
                    "it belongs to the I/O module"),
            part(19, "a future of another loop is refused", "awaiting it blocks the one task that awaits it"),
            part(
                    22,
                    "a pending cancellation is delivered at the next real suspension",
                    "here at every await, done or not"),
            part(28, "messages that are no strings", "the message is a String"),
            part(
                    29,
                    "SystemExit and KeyboardInterrupt are raised out of the loop",
                    "Python only; errors stay with the task"),
            whole(30, "a task is destroyed while pending", "a virtual thread that waits is never garbage"),
            part(34, "a context that is none is a TypeError", "Python only; Java has types"),
            part(78, "run closes generators after the tasks", "it belongs to the part on generators"),
            part(40, "a bare coroutine is a TypeError", "Java has types"),
            part(
                    41,
                    "the plain iterator gives new coroutines",
                    "there is one form, which gives the futures themselves"),
            part(
                    47,
                    "the TimeoutError is inserted into the cause chain of a foreign exception",
                    "a cause cannot be changed; it is among the suppressed ones"),
            part(50, "not entered, entered twice", "only the work under the deadline ever sees the scope"),
            part(79, "signals are for the main thread", "a JVM has no such thread; the first run under way is asked"));

    private RowsNotForJava() {}

    private static Exemption part(int row, String part, String reason) {
        return new Exemption(row, false, part, reason);
    }

    private static Exemption whole(int row, String rule, String reason) {
        return new Exemption(row, true, rule, reason);
    }
}
