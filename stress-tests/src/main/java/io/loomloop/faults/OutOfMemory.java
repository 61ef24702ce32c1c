package io.loomloop.faults;

import io.loomloop.Async;
import io.loomloop.Task;
import io.loomloop.check.Check;
import io.loomloop.check.Drivers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A program for a JVM with a small heap: a task, a callback and a worker each take all the memory there is, in large pieces or in small ones, until
 * there is no more. Whoever asks for too much gets the error, where its errors go. Afterwards the loop serves as before.
 *
 * <p>In large pieces, nobody else notices. In small ones others may get an error as well, so nothing else runs then, and what the exception handler gets
 * besides has to be an {@link OutOfMemoryError} too.
 */
public final class OutOfMemory {
    private static final int LARGE = 1 << 20;
    private static final int SMALL = 64;

    private OutOfMemory() {}

    /** Argument: the name of a driver. */
    public static void main(String[] args) throws Exception {
        Drivers driver = Drivers.valueOf(args[0]);
        Check.that(Runtime.getRuntime().maxMemory() < 200 << 20, "run this with a small -Xmx");
        try (Ground ground = new Ground(driver)) {
            Serving.check(ground);
            for (int i = 0; i < 2; i++) {
                Load load = new Load(ground.loop(), new Random(i));
                inTask(ground, LARGE);
                inCallback(ground, LARGE);
                inWorker(ground, LARGE);
                load.end();
                Serving.check(ground);
                ground.requireSilence();
                inTask(ground, SMALL);
                inCallback(ground, SMALL);
                inWorker(ground, SMALL);
                ground.forgive(OutOfMemoryError.class);
                Serving.check(ground);
            }
        }
        System.out.println("survived");
    }

    private static void inTask(Ground ground, int piece) throws Exception {
        Task<?> task = ground.loop().createTask(() -> {
            Async.yieldNow();
            return hog(piece);
        });
        requireNoMemory(Check.failure(task));
    }

    private static void inCallback(Ground ground, int piece) throws Exception {
        AtomicReference<@Nullable Throwable> got = new AtomicReference<>();
        ground.loop().callSoon(() -> {
            try {
                hog(piece);
            } catch (OutOfMemoryError e) {
                got.set(e);
                throw e;
            }
        });
        Check.soon("a callback runs out of memory", () -> got.get() != null);
        ground.requireReported(OutOfMemoryError.class);
    }

    private static void inWorker(Ground ground, int piece) throws Exception {
        requireNoMemory(Check.failure(ground.loop().runInExecutor(() -> hog(piece))));
    }

    private static void requireNoMemory(@Nullable Throwable failure) {
        if (!(failure instanceof OutOfMemoryError)) {
            throw new AssertionError("not out of memory", failure);
        }
    }

    /** Takes all there is. What it took is garbage when it fails. */
    private static int hog(int piece) {
        LockSupport.parkNanos(20_000_000); // so that the checking thread waits already, which takes no memory
        List<byte[]> taken = new ArrayList<>();
        while (taken.size() < Integer.MAX_VALUE) {
            taken.add(new byte[piece]);
        }
        return taken.size();
    }
}
