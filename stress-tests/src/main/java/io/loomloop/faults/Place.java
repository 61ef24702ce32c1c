package io.loomloop.faults;

/** Somewhere a loop runs users' code. */
@FunctionalInterface
public interface Place {
    /** Has a fault strike there, and fails unless it becomes visible where it should. Off the loop. */
    void fail(Ground ground, Fault fault) throws Exception;
}
