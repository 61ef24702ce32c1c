package io.loomloop.bench;

import org.openjdk.jmh.annotations.Fork;

/** A benchmark that makes many objects and keeps them for a while. Needs 5 GB of memory. */
@Fork(jvmArgsPrepend = {"-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch"})
public abstract class LargeHeapBenchmark extends LoopBenchmark {}
