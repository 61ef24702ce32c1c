package io.loomloop.differential;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import io.loomloop.sync.LoopBarrier;
import io.loomloop.sync.LoopCondition;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import io.loomloop.sync.QueueShutDownException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;

/** The twins of the Python programs on locks, events, conditions, semaphores, barriers and queues. */
@SuppressWarnings("FutureReturnValueIgnored") // as in Python, tasks are let go
final class SyncPrograms {
    private static final Duration SHORT = Duration.ofMillis(10);

    private SyncPrograms() {}

    // ---- locks

    static void lockIsFair(Trace out) {
        Programs.run(() -> {
            LoopLock lock = new LoopLock();
            List<Task<?>> tasks = new ArrayList<>();
            for (String name : List.of("a", "b", "c", "d")) {
                tasks.add(Async.createTask(() -> use(out, name, lock, SHORT)));
            }
            Async.yieldNow();
            tasks.get(1).cancel();
            Async.sleep(Duration.ofMillis(5));
            out.print(tasks.get(1).isCancelled(), lock.isLocked());
            Async.waitAll(tasks);
            lock.lock();
            Task<?> waiter = Async.createTask(() -> use(out, "e", lock, Duration.ZERO));
            Async.yieldNow();
            lock.unlock();
            out.print("free for a moment", lock.isLocked());
            Task<?> newcomer = Async.createTask(() -> use(out, "f", lock, Duration.ZERO));
            Async.waitAll(List.of(waiter, newcomer));
            try {
                lock.unlock();
            } catch (IllegalStateException | IllegalMonitorStateException e) {
                out.print("not locked");
            }
        });
    }

    private static void use(Trace out, String name, LoopLock lock, Duration time) {
        lock.hold(() -> {
            out.print(name, "has it");
            Async.sleep(time);
        });
        out.print(name, "gave it back");
    }

    static void eventWakesWhoWaited(Trace out) {
        Programs.run(() -> {
            LoopEvent event = new LoopEvent();
            List<Task<?>> tasks = new ArrayList<>();
            tasks.add(Async.createTask(() -> awaitEvent(out, "a", event)));
            tasks.add(Async.createTask(() -> awaitEvent(out, "b", event)));
            Async.yieldNow();
            event.set();
            event.clear();
            tasks.add(Async.createTask(() -> awaitEvent(out, "c", event)));
            Async.sleep(SHORT);
            out.print(tasks.get(2).isDone());
            event.set();
            awaitEvent(out, "main", event);
            Async.waitAll(tasks);
        });
    }

    private static void awaitEvent(Trace out, String name, LoopEvent event) {
        event.await();
        out.print(name, "woke", event.isSet());
    }

    static void conditionNotifies(Trace out) {
        Programs.run(() -> {
            List<Integer> items = new ArrayList<>();
            LoopCondition condition = new LoopCondition();
            List<Task<?>> tasks = new ArrayList<>();
            for (String name : List.of("a", "b")) {
                tasks.add(Async.createTask(() -> condition.hold(() -> {
                    condition.waitFor(() -> !items.isEmpty());
                    out.print(name, "takes", items.removeFirst());
                })));
            }
            Async.sleep(SHORT);
            condition.hold(condition::signalAll);
            Async.sleep(SHORT);
            out.print("spurious", tasks.get(0).isDone());
            condition.hold(() -> {
                items.addAll(List.of(1, 2));
                condition.signal(2);
                out.print("notified");
            });
            Async.waitAll(tasks);
            Task<?> task = Async.createTask(() -> condition.hold(() -> {
                try {
                    condition.await();
                } catch (CancelledException e) {
                    out.print("cancelled, holds the lock:", condition.isLocked());
                    throw e;
                }
            }));
            Async.sleep(SHORT);
            task.cancel();
            Async.waitAll(List.of(task));
            try {
                condition.signal();
            } catch (IllegalStateException | IllegalMonitorStateException e) {
                out.print("needs the lock");
            }
        });
    }

    static void semaphoreCounts(Trace out) {
        Programs.run(() -> {
            LoopSemaphore semaphore = LoopSemaphore.bounded(2);
            List<Task<?>> tasks = new ArrayList<>();
            for (String name : List.of("a", "b", "c", "d")) {
                tasks.add(Async.createTask(() -> {
                    semaphore.hold(() -> {
                        out.print(name, "in");
                        for (int i = 0; i < 3; i++) {
                            Async.yieldNow();
                        }
                    });
                    out.print(name, "out");
                }));
            }
            Async.yieldNow();
            out.print(semaphore.isLocked());
            Async.waitAll(tasks);
            out.print(semaphore.isLocked());
            try {
                semaphore.release();
            } catch (IllegalStateException e) {
                out.print("released too often");
            }
        });
    }

    static void barrierOpensTogether(Trace out) {
        Programs.run(() -> {
            LoopBarrier barrier = new LoopBarrier(3);
            Async.taskGroup(group -> {
                int i = 0;
                for (String name : List.of("a", "b", "c")) {
                    Duration delay = SHORT.multipliedBy(i++);
                    group.createTask(() -> arrive(out, name, barrier, delay));
                }
            });
            Task<?> task = Async.createTask(() -> arrive(out, "d", barrier, Duration.ZERO));
            Async.sleep(SHORT);
            out.print(barrier.waiting());
            barrier.abort();
            task.await();
            out.print(barrier.isBroken());
            barrier.reset();
            out.print(barrier.isBroken(), barrier.waiting());
        });
    }

    private static void arrive(Trace out, String name, LoopBarrier barrier, Duration delay) {
        Async.sleep(delay);
        try {
            out.print(name, "gets", barrier.await());
        } catch (BrokenBarrierException e) {
            out.print(name, "broken");
        }
    }

    // ---- queues

    static void queueBounded(Trace out) {
        Programs.run(() -> {
            LoopQueue<Integer> queue = new LoopQueue<>(2);
            Task<?> producer = Async.createTask(() -> {
                for (int i = 0; i < 4; i++) {
                    queue.put(i);
                    out.print("put", i);
                }
            });
            Task<?> consumer = Async.createTask(() -> {
                for (int i = 0; i < 4; i++) {
                    Async.sleep(SHORT);
                    out.print("got", queue.get());
                    queue.taskDone();
                }
            });
            Async.yieldNow();
            out.print(queue.size(), queue.isFull());
            Async.waitAll(List.of(producer, consumer));
            queue.join();
            out.print("joined", queue.isEmpty());
            try {
                queue.taskDone();
            } catch (IllegalStateException e) {
                out.print("done too often");
            }
        });
    }

    static void queueOrders(Trace out) {
        Programs.run(() -> {
            for (LoopQueue<Integer> queue :
                    List.of(new LoopQueue<Integer>(), LoopQueue.<Integer>lifo(), LoopQueue.<Integer>priority())) {
                for (int item : List.of(2, 3, 1)) {
                    queue.tryPut(item);
                }
                out.print(queue.get(), queue.get(), queue.get());
                if (queue.tryGet() == null) {
                    out.print("empty");
                }
            }
        });
    }

    static void queueCancelledGetter(Trace out) {
        Programs.run(() -> {
            LoopQueue<String> queue = new LoopQueue<>();
            Task<?> a = Async.createTask(() -> out.print("a", "got", queue.get()));
            Task<?> b = Async.createTask(() -> out.print("b", "got", queue.get()));
            Async.yieldNow();
            queue.tryPut("item");
            a.cancel();
            Async.waitAll(List.of(a));
            Async.yieldNow();
            out.print(a.isCancelled(), b.isDone(), queue.size());
            b.await();
        });
    }

    static void queueShutdown(Trace out) {
        Programs.run(() -> {
            LoopQueue<Integer> queue = new LoopQueue<>(1);
            List<Task<?>> tasks = new ArrayList<>();
            for (String name : List.of("a", "b")) {
                tasks.add(Async.createTask(() -> consume(out, name, queue)));
            }
            queue.put(1);
            Async.sleep(SHORT);
            queue.tryPut(2);
            queue.shutdown();
            try {
                queue.put(3);
            } catch (QueueShutDownException e) {
                out.print("put refused");
            }
            Async.waitAll(tasks);
            queue.join();
            out.print("joined");

            LoopQueue<Integer> dropped = new LoopQueue<>();
            dropped.tryPut(1);
            dropped.shutdown(true);
            dropped.join();
            try {
                dropped.get();
            } catch (QueueShutDownException e) {
                out.print("dropped");
            }
        });
    }

    private static void consume(Trace out, String name, LoopQueue<Integer> queue) {
        try {
            while (true) {
                out.print(name, "got", queue.get());
                queue.taskDone();
            }
        } catch (QueueShutDownException e) {
            out.print(name, "ends");
        }
    }
}
