package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopBarrier;
import io.loomloop.sync.LoopCondition;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Locks, events, conditions, semaphores, barriers and queues belong to one loop. */
class SyncLoopTest {
    @RegisterExtension
    final Loops loops = new Loops();

    /** Each method that is for the loop alone, on primitives that are made now. */
    private static Map<String, VoidBody<Exception>> uses() {
        LoopLock lock = new LoopLock();
        LoopEvent event = new LoopEvent();
        LoopCondition condition = new LoopCondition();
        LoopSemaphore semaphore = new LoopSemaphore(1);
        LoopBarrier barrier = new LoopBarrier(1);
        LoopQueue<String> queue = new LoopQueue<>();
        Map<String, VoidBody<Exception>> uses = new LinkedHashMap<>();
        uses.put("LoopLock.tryLock", lock::tryLock);
        uses.put("LoopLock.unlock", lock::unlock);
        uses.put("LoopLock.lock", lock::lock);
        uses.put("LoopLock.hold", () -> lock.hold(() -> {}));
        uses.put("LoopEvent.set", event::set);
        uses.put("LoopEvent.await", event::await);
        uses.put("LoopEvent.clear", event::clear);
        uses.put("LoopLock of LoopCondition.lock", condition::lock);
        uses.put("LoopLock of LoopCondition.tryLock", condition::tryLock);
        uses.put("LoopLock of LoopCondition.unlock", condition::unlock);
        uses.put("LoopLock of LoopCondition.hold", () -> condition.hold(() -> {}));
        uses.put("LoopLock of LoopCondition.await", condition::await);
        uses.put("LoopLock of LoopCondition.waitFor", () -> condition.waitFor(() -> true));
        uses.put("LoopLock of LoopCondition.signal", condition::signal);
        uses.put("LoopLock of LoopCondition.signalAll", condition::signalAll);
        uses.put("LoopSemaphore.acquire", semaphore::acquire);
        uses.put("LoopSemaphore.tryAcquire", semaphore::tryAcquire);
        uses.put("LoopSemaphore.release", semaphore::release);
        uses.put("LoopSemaphore.hold", () -> semaphore.hold(() -> {}));
        uses.put("LoopBarrier.await", barrier::await);
        uses.put("LoopBarrier.reset", barrier::reset);
        uses.put("LoopBarrier.abort", barrier::abort);
        uses.put("LoopQueue.put", () -> queue.put("item"));
        uses.put("LoopQueue.tryPut", () -> queue.tryPut("item"));
        uses.put("LoopQueue.get", queue::get);
        uses.put("LoopQueue.tryGet", queue::tryGet);
        uses.put("LoopQueue.taskDone", queue::taskDone);
        uses.put("LoopQueue.forEach", () -> queue.forEach(item -> {}));
        uses.put("LoopQueue.shutdown", queue::shutdown);
        return uses;
    }

    private static String typeIn(String use) {
        return use.substring(0, use.indexOf(use.contains(" ") ? ' ' : '.'));
    }

    @Test
    @DisplayName("made outside of a loop and used there, each method says that no loop runs")
    void noLoop() {
        uses().forEach((name, use) -> assertThatThrownBy(use::run)
                .as(name)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no running event loop"));
    }

    @Test
    @DisplayName("row 62: made on one loop and used on another, each method names both loops, needing to wait or not")
    void anotherLoop() {
        EventLoop loop = loops.open();
        EventLoop other = loops.open();
        Map<String, VoidBody<Exception>> uses =
                loop.<Map<String, VoidBody<Exception>>, RuntimeException>runUntilComplete(SyncLoopTest::uses);
        other.runUntilComplete(() -> uses.forEach((name, use) -> assertThatThrownBy(use::run)
                .as(name)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("this " + typeIn(name) + " belongs to")
                .hasMessageContaining(loop.name())
                .hasMessageContaining(other.name())));
    }

    @Test
    @DisplayName(
            "made on a loop and used by a thread that runs on none, each method names the loop, the thread and the way out")
    void anotherThread() {
        EventLoop loop = loops.open();
        Map<String, VoidBody<Exception>> uses =
                loop.<Map<String, VoidBody<Exception>>, RuntimeException>runUntilComplete(SyncLoopTest::uses);
        uses.forEach((name, use) -> assertThatThrownBy(use::run)
                .as(name)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(loop.name())
                .hasMessageContaining(Thread.currentThread().getName())
                .hasMessageContaining("callSoon"));
    }

    @Test
    @DisplayName("row 62: made outside of any loop, it belongs to the first one that uses it")
    void firstUse() {
        LoopLock lock = new LoopLock();
        EventLoop first = loops.open();
        EventLoop second = loops.open();
        first.runUntilComplete(() -> lock.hold(() -> {}));
        second.runUntilComplete(() -> assertThatThrownBy(lock::lock)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(first.name()));
        first.runUntilComplete(() -> lock.hold(() -> {}));
    }

    @Test
    @DisplayName("looking is allowed from anywhere")
    void looking() {
        LoopLock lock = new LoopLock();
        LoopEvent event = new LoopEvent();
        LoopSemaphore semaphore = LoopSemaphore.bounded(2);
        LoopQueue<String> queue = new LoopQueue<>(3);
        LoopBarrier barrier = new LoopBarrier(2);
        loops.run(() -> {
            lock.lock();
            event.set();
            semaphore.acquire();
            queue.put("item");
            barrier.abort();
        });
        assertThat(lock.isLocked()).isTrue();
        assertThat(event.isSet()).isTrue();
        assertThat(semaphore.isLocked()).isFalse();
        assertThat(semaphore.availablePermits()).isEqualTo(1);
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.isFull() || queue.isEmpty() || queue.isShutDown()).isFalse();
        assertThat(queue.capacity()).isEqualTo(3);
        assertThat(barrier.isBroken()).isTrue();
        assertThat(queue).hasToString("LoopQueue[size=1 of 3, getters=0, putters=0, unfinished=1]");
    }
}
