/** The event loop of asyncio for virtual threads: tasks, futures, timers, cancellation and the free functions. */
@NullMarked
package io.loomloop;

import org.jspecify.annotations.NullMarked;
