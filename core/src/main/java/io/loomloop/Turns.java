package io.loomloop;

import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * Lets a limited number of children of a {@link TaskGroup} run at once; the others wait for their turn in the order in which they
 * came. A turn goes from hand to hand, so that nobody can come in between, and only once the end of a child has been dealt with: a
 * failure ends those that wait before they begin. Loop thread only.
 */
final class Turns {
    private final EventLoop loop;
    private final LinkedHashSet<Turn> waiting = new LinkedHashSet<>();
    private int free;

    Turns(EventLoop loop, int limit) {
        this.loop = loop;
        this.free = limit;
    }

    /** That of one child. */
    final class Turn {
        private final LoopFuture<@Nullable Void> given = loop.createFuture();
        private boolean held;

        /** Waits until it is the child's turn. Cancelled here, the child never begins. */
        void await() {
            if (free > 0) {
                free--;
                held = true;
            } else {
                waiting.add(this);
                given.await();
            }
        }

        /** After the end of the child, which may not even have begun. */
        void end() {
            if (held) {
                held = false;
                giveToNext();
            } else {
                waiting.remove(this);
            }
        }
    }

    private void giveToNext() {
        while (!waiting.isEmpty()) {
            Turn next = waiting.removeFirst();
            // false for a child that was cancelled while it waited
            if (next.given.completeWith(null)) {
                next.held = true;
                return;
            }
        }
        free++;
    }
}
