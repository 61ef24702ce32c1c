use std::cell::Cell;
use std::future::{poll_fn, Future};
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::task::{spawn, unconstrained, yield_now};
use tokio::time::{sleep, Sleep};

/// Numbers below a bound, in no order: xorshift.
fn random(bound: u64) -> impl Iterator<Item = u64> {
    let state = Cell::new(0x9E37_79B9_7F4A_7C15_u64);
    std::iter::repeat_with(move || {
        let mut x = state.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        state.set(x);
        x % bound
    })
}

/// Sleeps of an hour or two; a first poll is what sets their timers.
async fn set(delays: &[Duration]) -> Vec<Pin<Box<Sleep>>> {
    let mut timers: Vec<_> = delays.iter().map(|delay| Box::pin(sleep(*delay))).collect();
    // Unconstrained, or a poll that comes after too many others returns before it has set the timer.
    unconstrained(poll_fn(|context| {
        for timer in &mut timers {
            assert!(timer.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    }))
    .await;
    timers
}

pub async fn set_and_cancel(count: usize) -> Duration {
    let delays: Vec<_> = random(3_600_000)
        .take(count)
        .map(|ms| Duration::from_millis(3_600_000 + ms))
        .collect();
    let live = set(&delays).await;
    let start = Instant::now();
    drop(set(&delays).await);
    let taken = start.elapsed();
    drop(live);
    taken
}

/// Timers for the next millisecond, each with a task of its own: tokio has no callbacks.
pub async fn fire(count: usize) -> Duration {
    let delays: Vec<_> = random(1_000_000).take(count).map(Duration::from_nanos).collect();
    let start = Instant::now();
    let tasks = delays.iter().map(|delay| sleep(*delay)).map(|timer| {
        spawn(async {
            timer.await;
            1
        })
    });
    assert_eq!(crate::tasks::join(tasks.collect()).await, count);
    start.elapsed()
}

pub async fn cancel_storm(count: usize) {
    let sleepers: Vec<_> = (0..count).map(|_| spawn(sleep(Duration::from_secs(3600)))).collect();
    yield_now().await;
    sleepers.iter().for_each(|task| task.abort());
    for task in sleepers {
        assert!(task.await.unwrap_err().is_cancelled());
    }
}
