package io.loomloop.bench;

/** Frames that are not called in the tail, so that the compiler must keep each. */
final class Frames {
    private Frames() {}

    /** Calls the bottom that many frames down; one frame is the caller's own. */
    static int deep(int depth, Runnable bottom) {
        if (depth == 1) {
            bottom.run();
            return 1;
        }
        return deep(depth - 1, bottom) + 1;
    }
}
