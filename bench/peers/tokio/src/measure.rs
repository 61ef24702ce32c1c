use std::future::Future;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

const RUNS: usize = 5;

/// Prints the median of five runs, each in a runtime of its own, after two that do not count.
pub fn measure<F: Future<Output = ()>>(work: &str, operations: usize, body: impl Fn() -> F) {
    measure_prepared(work, operations, || async {
        let start = Instant::now();
        body().await;
        start.elapsed()
    });
}

/// As `measure`, of a body that says how long it took, after what it has prepared.
pub fn measure_prepared<F: Future<Output = Duration>>(work: &str, operations: usize, body: impl Fn() -> F) {
    let mut figures = Vec::new();
    for _ in 0..RUNS + 2 {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        figures.push(runtime.block_on(body()).as_nanos() as f64 / operations as f64);
    }
    let counted = &mut figures[2..];
    counted.sort_by(f64::total_cmp);
    println!("{work}\t{:.1}", counted[RUNS / 2]);
}
