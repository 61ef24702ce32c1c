use std::future::Future;
use std::pin::Pin;
use tokio::task::{spawn, yield_now, JoinHandle};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub async fn yield_for(times: usize) {
    for _ in 0..times {
        yield_now().await;
    }
}

/// Each frame is a box, because a future cannot contain itself.
fn deep(depth: usize, times: usize) -> Boxed<usize> {
    Box::pin(async move {
        if depth == 1 {
            yield_for(times).await;
            return 1;
        }
        deep(depth - 1, times).await + 1
    })
}

/// The sum of what the tasks return.
pub async fn join(tasks: Vec<JoinHandle<usize>>) -> usize {
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    sum
}

pub async fn yield_in_turn(tasks: usize, depth: usize, times_each: usize) {
    let sum = join((0..tasks).map(|_| spawn(deep(depth, times_each))).collect()).await;
    assert_eq!(sum, tasks * depth);
}

pub async fn call_down(depth: usize, times_each: usize) {
    let caller = || async move {
        let mut sum = 0;
        for _ in 0..times_each {
            sum += deep(depth, 1).await;
        }
        sum
    };
    assert_eq!(
        join(vec![spawn(caller()), spawn(caller())]).await,
        2 * times_each * depth
    );
}

pub async fn one_by_one(count: usize) {
    let mut sum = 0;
    for _ in 0..count {
        sum += spawn(async { 1 }).await.unwrap();
    }
    assert_eq!(sum, count);
}

pub async fn bulk(count: usize) {
    assert_eq!(join((0..count).map(|_| spawn(async { 1 })).collect()).await, count);
}

pub async fn gather(times: usize, count: usize) {
    for _ in 0..times {
        gather_once(count).await;
    }
}

async fn gather_once(count: usize) {
    let tasks: Vec<_> = (0..count).map(|_| spawn(async { 1 })).collect();
    let mut results = Vec::with_capacity(count);
    for task in tasks {
        results.push(task.await.unwrap());
    }
    assert_eq!(results.iter().sum::<usize>(), count);
}

fn node(first: usize, leaves: usize) -> Boxed<usize> {
    Box::pin(async move {
        if leaves == 1 {
            return first;
        }
        let part = leaves / 10;
        join((0..10).map(|i| spawn(node(first + i * part, part))).collect()).await
    })
}

pub async fn skynet(leaves: usize) {
    assert_eq!(spawn(node(0, leaves)).await.unwrap(), leaves * (leaves - 1) / 2);
}
