/**
 * Locks, events, conditions, semaphores, barriers and queues for the tasks of one loop: asyncio's synchronization primitives.
 *
 * <p><b>One loop.</b> Each of them belongs to one loop: the one it is made on or, made elsewhere, the first one that uses it. Any
 * task, callback or other thread of that loop may use it, and any other caller gets an {@link java.lang.IllegalStateException}.
 * The exceptions are {@link io.loomloop.sync.LoopQueue#offer}, which is for other threads, and everything that only looks
 * ({@code is...}, {@code size}, {@code statistics}), which is exact on the loop and an estimate elsewhere. From another thread,
 * {@code loop.callSoon(event::set)}.
 *
 * <p><b>Fair.</b> Who waits is served first come first served, and a newcomer queues up behind those who have their turn and have
 * not run yet. The {@code try} methods do not jump the queue either.
 *
 * <p><b>Safe to cancel.</b> A cancelled wait has no effect: what the waiter had been given already goes to the next in line. A
 * method that waits is a cancellation point whether or not it has to wait. It throws {@link io.loomloop.PinnedException} where its
 * wait would stop the loop.
 *
 * <p>All are built on the public methods of {@link io.loomloop.LoopFuture}, so anyone can build another one.
 *
 * <p>Null is refused with {@link java.lang.NullPointerException} by every method.
 */
@NullMarked
package io.loomloop.sync;

import org.jspecify.annotations.NullMarked;
