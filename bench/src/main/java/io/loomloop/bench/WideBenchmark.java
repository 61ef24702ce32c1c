package io.loomloop.bench;

import org.openjdk.jmh.annotations.Fork;

/**
 * A benchmark whose work is a million objects at once: its heap has its size, and its memory, before it begins. Otherwise what is
 * measured is how fast the operating system finds pages.
 */
@Fork(jvmArgsPrepend = {"-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch"})
public abstract class WideBenchmark extends LoopBenchmark {}
