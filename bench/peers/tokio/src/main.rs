//! The works of the JMH benchmarks on tokio's current-thread runtime, under the same names. Prints a line for each: work,
//! nanoseconds per operation.

mod elsewhere;
mod measure;
mod sync;
mod tasks;
mod timers;

use measure::{measure, measure_prepared};

fn main() {
    const SWITCHES: usize = 1_000_000;
    for tasks in [2, 100, 10_000] {
        for depth in [1, 10, 100] {
            let work = format!("yieldInTurn, depth {depth}, tasks {tasks}");
            measure(&work, SWITCHES, || tasks::yield_in_turn(tasks, depth, SWITCHES / tasks));
        }
    }
    measure("alone", SWITCHES, || tasks::yield_for(SWITCHES));
    measure("callDown", 100_000, || tasks::call_down(100, 50_000));
    measure("pingPong", 100_000, || sync::ping_pong(100_000));
    measure("awaitDone", 100_000, || sync::await_done(100_000));
    measure("oneByOne", 100_000, || tasks::one_by_one(100_000));
    measure("bulk", 500_000, || tasks::bulk(500_000));
    measure("gather", 50_000, || tasks::gather(50, 1_000));
    measure("skynet", 1, || tasks::skynet(1_000_000));
    measure("lockHandOver", 100_000, || sync::lock_hand_over(50_000));
    measure("semaphoreHandOver", 100_000, || sync::semaphore_hand_over(50_000));
    measure("queuePutAndGet", 100_000, || sync::queue_put_and_get(50_000));
    measure("eventWake", 100_000, || sync::event_wake(50_000));
    measure_prepared("setAndCancel", 1_000_000, || timers::set_and_cancel(1_000_000));
    measure_prepared("fire", 1_000_000, || timers::fire(1_000_000));
    measure("cancelStorm", 100_000, || timers::cancel_storm(100_000));
    for producers in [1, 4] {
        let work = format!("submitTask, producers {producers}");
        measure(&work, 200_000, || elsewhere::submit(producers, 200_000));
    }
    measure("completedElsewhere", 10_000, || elsewhere::completed_elsewhere(10_000));
}
