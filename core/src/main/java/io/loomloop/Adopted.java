package io.loomloop;

/**
 * A step of a virtual thread that user code started inside a task or a callback, or made with the loop's thread factory. Such a
 * thread inherits the scheduler of its creator and so runs on the loop, but it is no task: it cannot be cancelled, and the loop does
 * not wait for it.
 *
 * @param creator whose scheduler it inherited: a {@link TaskThread}, a {@link CallbackRunner} or a {@link FactoryThread}
 * @param continuation the JDK's continuation of that thread; run on the raw loop thread, it mounts the thread
 */
record Adopted(Object creator, Runnable continuation) {}
