package io.loomloop;

/**
 * Counts of one event loop, or of several, taken at one moment. They are written by the loop thread alone; read from another thread they are
 * close to the truth but not consistent with each other.
 *
 * @param tasksStarted tasks whose body was entered, since the loop was made
 * @param tasksAlive tasks that are not done, those that have not begun included
 * @param switches times a virtual thread was given the loop thread
 * @param callbacks callbacks run
 * @param turns turns of the loop: each runs what was ready when it began
 * @param ready tasks and callbacks that wait for their turn
 * @param timers timers that have not fired
 * @param slowSteps steps that held the loop longer than {@link EventLoop.Builder#slowStepThreshold}
 */
public record LoopStatistics(
        long tasksStarted,
        int tasksAlive,
        long switches,
        long callbacks,
        long turns,
        int ready,
        int timers,
        long slowSteps) {

    /** The sums of these counts and those of another loop, or of several. */
    public LoopStatistics plus(LoopStatistics other) {
        return new LoopStatistics(
                tasksStarted + other.tasksStarted,
                tasksAlive + other.tasksAlive,
                switches + other.switches,
                callbacks + other.callbacks,
                turns + other.turns,
                ready + other.ready,
                timers + other.timers,
                slowSteps + other.slowSteps);
    }
}
