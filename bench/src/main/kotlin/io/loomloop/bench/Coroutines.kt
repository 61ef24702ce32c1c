package io.loomloop.bench

import java.util.concurrent.Executor
import java.util.function.Consumer
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.yield

/** The same work in kotlinx.coroutines: all coroutines run on the thread that calls, in `runBlocking`. */
object Coroutines {
    /** Coroutines in turn, each so many frames deep. */
    @JvmStatic
    fun yieldInTurn(coroutines: Int, depth: Int, timesEach: Int) = runBlocking {
        repeat(coroutines) { launch { deep(depth) { repeat(timesEach) { yield() } } } }
    }

    /** A coroutine that yields while nothing else is ready. */
    @JvmStatic
    fun alone(times: Int) = runBlocking { repeat(times) { yield() } }

    /** Two coroutines in turn that call down, yield there and return. */
    @JvmStatic
    fun callDown(depth: Int, timesEach: Int) = runBlocking {
        repeat(2) { launch { repeat(timesEach) { deep(depth) { yield() } } } }
    }

    private suspend fun deep(depth: Int, bottom: suspend () -> Unit): Int {
        if (depth == 1) {
            bottom()
            return 1
        }
        return deep(depth - 1, bottom) + 1
    }

    /** Two coroutines, each of which waits for what the other one completes. */
    @JvmStatic
    fun pingPong(rounds: Int) = runBlocking {
        val inbox = arrayOf(CompletableDeferred<Int>(), CompletableDeferred())
        launch {
            repeat(rounds) {
                inbox[1].complete(1)
                inbox[0].await()
                inbox[0] = CompletableDeferred()
            }
        }
        launch {
            repeat(rounds) {
                inbox[1].await()
                inbox[1] = CompletableDeferred()
                inbox[0].complete(1)
            }
        }
    }

    /** Deferreds that are done when they are awaited, some of which are kept. */
    @JvmStatic
    fun awaitDone(count: Int, keep: Int) = runBlocking {
        val kept = arrayOfNulls<CompletableDeferred<Int>>(keep)
        repeat(count) {
            val future = CompletableDeferred<Int>()
            kept[it % keep] = future
            future.complete(1)
            future.await()
        }
    }

    /** Two coroutines, each of which waits for the lock of the other one. */
    @JvmStatic
    fun lockHandOver(timesEach: Int) = runBlocking {
        val lock = Mutex()
        repeat(2) {
            launch {
                lock.lock()
                yield() // for the other one to stand in line
                repeat(timesEach) {
                    lock.unlock()
                    lock.lock()
                }
                lock.unlock()
            }
        }
    }

    @JvmStatic
    fun semaphoreHandOver(timesEach: Int) = runBlocking {
        val semaphore = Semaphore(1)
        repeat(2) {
            launch {
                semaphore.acquire()
                yield() // for the other one to stand in line
                repeat(timesEach) {
                    semaphore.release()
                    semaphore.acquire()
                }
                semaphore.release()
            }
        }
    }

    /** An item goes to and fro through two channels. */
    @JvmStatic
    fun queuePutAndGet(rounds: Int) = runBlocking {
        val there = Channel<Int>(Channel.UNLIMITED)
        val back = Channel<Int>(Channel.UNLIMITED)
        launch {
            repeat(rounds) {
                there.send(1)
                back.receive()
            }
        }
        launch {
            repeat(rounds) {
                there.receive()
                back.send(1)
            }
        }
    }

    /** Two events, each set by one coroutine and awaited by the other: a channel that keeps the last item is an event. */
    @JvmStatic
    fun eventWake(rounds: Int) = runBlocking {
        val there = Channel<Unit>(Channel.CONFLATED)
        val back = Channel<Unit>(Channel.CONFLATED)
        launch {
            repeat(rounds) {
                there.send(Unit)
                back.receive()
            }
        }
        launch {
            repeat(rounds) {
                there.receive()
                back.send(Unit)
            }
        }
    }

    @JvmStatic
    fun items(count: Int): Long {
        var sum = 0L
        for (item in sequence { repeat(count) { yield(1) } }) {
            sum += item
        }
        return sum
    }

    @JvmStatic
    fun spawnOneByOne(count: Int) = runBlocking { repeat(count) { launch {}.join() } }

    @JvmStatic
    fun spawnInBulk(count: Int) = runBlocking { List(count) { launch {} }.joinAll() }

    @JvmStatic
    fun gather(width: Int, times: Int): Int = runBlocking {
        var results = 0
        repeat(times) { results += List(width) { async { 1 } }.awaitAll().size }
        results
    }

    @JvmStatic
    fun skynet(leaves: Int): Long = runBlocking { skynet(this, 0, leaves) }

    private suspend fun skynet(scope: CoroutineScope, first: Long, leaves: Int): Long {
        if (leaves == 1) {
            return first
        }
        val part = leaves / 10
        return List(10) { scope.async { skynet(scope, first + it * part, part) } }.sumOf { it.await() }
    }

    /** Awaits what another thread completes, which is asked anew each time. */
    @JvmStatic
    fun completedElsewhere(rounds: Int, elsewhere: Consumer<Runnable>) = runBlocking {
        repeat(rounds) {
            val answer = CompletableDeferred<Int>()
            elsewhere.accept { answer.complete(1) }
            answer.await()
        }
    }

    /** Coroutines that threads elsewhere launch here, until the last has run. */
    @JvmStatic
    fun launchedElsewhere(count: Int, producers: Int, elsewhere: Executor) = runBlocking {
        val done = CompletableDeferred<Unit>()
        var ran = 0
        repeat(producers) {
            elsewhere.execute {
                repeat(count / producers) { launch { if (++ran == count) done.complete(Unit) } }
            }
        }
        done.await()
    }

    /** Coroutines that sleep and are cancelled. */
    @JvmStatic
    fun cancelStorm(count: Int) = runBlocking {
        val sleepers = List(count) { launch { delay(3_600_000) } }
        yield()
        sleepers.forEach(Job::cancel)
        sleepers.joinAll()
    }

    /** Coroutines that each wait for a deferred of their own, while [parked] runs. */
    @JvmStatic
    fun park(count: Int, parked: Runnable) = runBlocking {
        val gates: List<CompletableDeferred<Int>> = List(count) { CompletableDeferred() }
        gates.forEach { launch { it.await() } }
        yield()
        parked.run()
        gates.forEach { it.complete(1) }
    }
}
