use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{channel, TryRecvError};
use std::sync::Arc;
use std::{hint, thread};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Tasks that other threads start here, until the last has run.
pub async fn submit(producers: usize, items: usize) {
    let ran = Arc::new(AtomicUsize::new(0));
    let (done, all_ran) = oneshot::channel();
    let done = Arc::new(std::sync::Mutex::new(Some(done)));
    for _ in 0..producers {
        let (handle, ran, done) = (Handle::current(), ran.clone(), done.clone());
        thread::spawn(move || {
            for _ in 0..items / producers {
                let (ran, done) = (ran.clone(), done.clone());
                handle.spawn(async move {
                    if ran.fetch_add(1, Relaxed) + 1 == items {
                        done.lock().unwrap().take().unwrap().send(()).unwrap();
                    }
                });
            }
        });
    }
    all_ran.await.unwrap();
    assert_eq!(ran.load(Relaxed), items);
}

/// Awaits what another thread, which spins, completes.
pub async fn completed_elsewhere(rounds: usize) {
    let (requests, asked) = channel::<oneshot::Sender<usize>>();
    let elsewhere = thread::spawn(move || loop {
        match asked.try_recv() {
            Ok(answer) => answer.send(1).unwrap(),
            Err(TryRecvError::Empty) => hint::spin_loop(),
            Err(TryRecvError::Disconnected) => return,
        }
    });
    let mut sum = 0;
    for _ in 0..rounds {
        let (sender, receiver) = oneshot::channel();
        requests.send(sender).unwrap();
        sum += receiver.await.unwrap();
    }
    drop(requests);
    elsewhere.join().unwrap();
    assert_eq!(sum, rounds);
}
