package io.loomloop.bench.echo;

import io.loomloop.LoopGroup;
import io.loomloop.nio.SelectorDriver;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A server whose requests of a fixed size are answered with themselves, after some work of the processor each. The work is a number of steps and
 * not a time, because a thread that waits for a processor gets no work done.
 */
final class Burning {
    static final int REQUEST_BYTES = 64;

    private static final int CHUNK = 64 << 10;
    private static final long CALIBRATION_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int CALIBRATIONS = 5;

    // keeps the work from being optimised away; any thread, races do not matter
    @SuppressWarnings("unused")
    private static volatile long sink;

    private final int steps;

    private Burning(int steps) {
        this.steps = steps;
    }

    /** Starts a server on so many loops; returns its port. */
    static int start(int loops, int steps) throws IOException {
        LoopGroup group = LoopGroup.start(loops, builder -> builder.driver(new SelectorDriver()));
        return Streams.startServer(group, new Burning(steps)::serve, "127.0.0.1", 0)
                .port();
    }

    private void serve(StreamReader reader, StreamWriter writer) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        int begun = 0; // bytes of a request of which the rest has not come
        while (reader.read(buffer) >= 0) {
            begun += buffer.position();
            for (; begun >= REQUEST_BYTES; begun -= REQUEST_BYTES) {
                burn(steps);
            }
            writer.write(buffer.flip());
            writer.drain();
            buffer.clear();
        }
    }

    private static void burn(int count) {
        long x = count;
        for (int i = 0; i < count; i++) {
            x = x * 6364136223846793005L + 1442695040888963407L; // each step needs the last one
        }
        sink = x;
    }

    /** How many steps take so many nanoseconds of a processor: the median of some attempts. */
    static int stepsIn(long nanos) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        int portion = 100_000;
        double[] found = new double[CALIBRATIONS];
        for (int i = 0; i < found.length; i++) {
            long start = threads.getCurrentThreadCpuTime();
            long used = 0;
            long steps = 0;
            while (used < CALIBRATION_NANOS) {
                burn(portion);
                steps += portion;
                used = threads.getCurrentThreadCpuTime() - start;
            }
            found[i] = (double) steps * nanos / used;
        }
        Arrays.sort(found);
        return (int) found[CALIBRATIONS / 2];
    }
}
