/**
 * The event loop of asyncio for virtual threads: tasks, futures, timers, cancellation and the free functions.
 *
 * <p>Null is refused with {@link NullPointerException} by every method, unless the parameter says that it may be null or is a
 * result, which may be.
 */
@NullMarked
package io.loomloop;

import org.jspecify.annotations.NullMarked;
