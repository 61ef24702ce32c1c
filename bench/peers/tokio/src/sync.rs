use crate::tasks::join;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex as StdMutex};
use tokio::sync::{mpsc, oneshot, Mutex, Notify, Semaphore};
use tokio::task::{spawn, yield_now};

type End<T> = StdMutex<Option<T>>;

/// One future for each task; who waits puts a new one in its place.
struct Inbox {
    sender: End<oneshot::Sender<usize>>,
    receiver: End<oneshot::Receiver<usize>>,
}

impl Inbox {
    fn new() -> Arc<Inbox> {
        let inbox = Inbox {
            sender: StdMutex::default(),
            receiver: StdMutex::default(),
        };
        inbox.renew();
        Arc::new(inbox)
    }

    fn renew(&self) {
        let (sender, receiver) = oneshot::channel();
        *self.sender.lock().unwrap() = Some(sender);
        *self.receiver.lock().unwrap() = Some(receiver);
    }

    fn complete(&self) {
        self.sender.lock().unwrap().take().unwrap().send(1).unwrap();
    }

    async fn wait(&self) -> usize {
        let receiver = self.receiver.lock().unwrap().take().unwrap();
        let value = receiver.await.unwrap();
        self.renew();
        value
    }
}

/// Two tasks, each of which awaits what the other one completes.
pub async fn ping_pong(rounds: usize) {
    let (one, other) = (Inbox::new(), Inbox::new());
    let (mine, theirs) = (one.clone(), other.clone());
    let first = spawn(async move {
        let mut sum = 0;
        for _ in 0..rounds {
            theirs.complete();
            sum += mine.wait().await;
        }
        sum
    });
    let second = spawn(async move {
        let mut sum = 0;
        for _ in 0..rounds {
            sum += other.wait().await;
            one.complete();
        }
        sum
    });
    assert_eq!(join(vec![first, second]).await, 2 * rounds);
}

pub async fn await_done(count: usize) {
    let mut sum = 0;
    for _ in 0..count {
        let (sender, receiver) = oneshot::channel();
        sender.send(1).unwrap();
        sum += receiver.await.unwrap();
    }
    assert_eq!(sum, count);
}

/// How often something changed hands, by those who had it.
#[derive(Default)]
struct Hands {
    last: AtomicUsize,
    changes: AtomicUsize,
}

impl Hands {
    fn take(&self, who: usize) {
        if self.last.swap(who, Relaxed) != who {
            self.changes.fetch_add(1, Relaxed);
        }
    }
}

/// Two tasks, each of which waits for the lock of the other one.
pub async fn lock_hand_over(times_each: usize) {
    let lock = Arc::new(Mutex::new(()));
    let hands = Arc::new(Hands::default());
    let task = |who: usize, lock: Arc<Mutex<()>>, hands: Arc<Hands>| async move {
        let mut guard = lock.lock().await;
        yield_now().await; // for the other one to stand in line
        for _ in 0..times_each {
            hands.take(who);
            drop(guard);
            guard = lock.lock().await;
        }
        drop(guard);
        0
    };
    join(vec![
        spawn(task(1, lock.clone(), hands.clone())),
        spawn(task(2, lock, hands.clone())),
    ])
    .await;
    assert!(hands.changes.load(Relaxed) >= 2 * times_each - 1);
}

/// Two tasks, each of which waits for the permit of the other one.
pub async fn semaphore_hand_over(times_each: usize) {
    let semaphore = Arc::new(Semaphore::new(1));
    let hands = Arc::new(Hands::default());
    let task = |who: usize, semaphore: Arc<Semaphore>, hands: Arc<Hands>| async move {
        let mut permit = semaphore.acquire().await.unwrap();
        yield_now().await; // for the other one to stand in line
        for _ in 0..times_each {
            hands.take(who);
            drop(permit);
            permit = semaphore.acquire().await.unwrap();
        }
        drop(permit);
        0
    };
    join(vec![
        spawn(task(1, semaphore.clone(), hands.clone())),
        spawn(task(2, semaphore, hands.clone())),
    ])
    .await;
    assert!(hands.changes.load(Relaxed) >= 2 * times_each - 1);
}

/// An item goes to and fro through two channels.
pub async fn queue_put_and_get(rounds: usize) {
    let (put_there, mut get_there) = mpsc::unbounded_channel();
    let (put_back, mut get_back) = mpsc::unbounded_channel();
    let first = spawn(async move {
        let mut sum = 0;
        for _ in 0..rounds {
            put_there.send(1).unwrap();
            sum += get_back.recv().await.unwrap();
        }
        sum
    });
    let second = spawn(async move {
        for _ in 0..rounds {
            put_back.send(get_there.recv().await.unwrap()).unwrap();
        }
        0
    });
    assert_eq!(join(vec![first, second]).await, rounds);
}

/// Two events, each set by one task and awaited by the other; awaiting one clears it.
pub async fn event_wake(rounds: usize) {
    let (there, back) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (set, awaited) = (there.clone(), back.clone());
    let first = spawn(async move {
        let mut woken = 0;
        for _ in 0..rounds {
            set.notify_one();
            awaited.notified().await;
            woken += 1;
        }
        woken
    });
    let second = spawn(async move {
        let mut woken = 0;
        for _ in 0..rounds {
            there.notified().await;
            back.notify_one();
            woken += 1;
        }
        woken
    });
    assert_eq!(join(vec![first, second]).await, 2 * rounds);
}
