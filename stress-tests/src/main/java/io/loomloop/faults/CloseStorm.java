package io.loomloop.faults;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Handle;
import io.loomloop.LoopClosedException;
import io.loomloop.Task;
import io.loomloop.check.Check;
import io.loomloop.check.Drivers;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Server;
import io.loomloop.nio.Streams;
import io.loomloop.sync.LoopQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * A loop that is closed at a random moment, while others give it work of every kind: whatever it has accepted is done, or cancelled, or has failed, and
 * of the loop nothing is left.
 */
public final class CloseStorm {
    private static final int GIVERS = 3;
    /** A giver that is faster than the closing thread comes to the processor has to stop somewhere. */
    private static final int MOST = 3_000;

    private CloseStorm() {}

    /** What one thread has given to the loop. */
    private record Given(List<Future<?>> futures, List<Called> callbacks) {
        Given() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        /** Gives a callback. */
        void call(Function<Runnable, Handle> give) {
            AtomicInteger ran = new AtomicInteger();
            callbacks.add(new Called(give.apply(ran::incrementAndGet), ran));
        }
    }

    /** A callback, and how often it has run. */
    private record Called(Handle handle, AtomicInteger ran) {}

    /** Opens a loop, keeps it busy, and closes it. */
    public static long round(Drivers driver, Random random) throws Exception {
        Ground ground = new Ground(driver);
        EventLoop loop = ground.loop();
        LoopQueue<Integer> queue = Check.call(loop, () -> new LoopQueue<Integer>());
        Server server = Check.call(
                loop, () -> Streams.startServer((reader, writer) -> writer.write(reader.readLine()), "127.0.0.1", 0));
        List<FutureTask<Given>> givers = new ArrayList<>();
        for (int i = 0; i < GIVERS; i++) {
            Random own = new Random(random.nextLong());
            Callable<Given> give = () -> give(loop, queue, server.port(), own);
            FutureTask<Given> giver = new FutureTask<>(give);
            givers.add(giver);
            Thread.ofPlatform().daemon().name("giver").start(giver);
        }
        LockSupport.parkNanos((long) (random.nextDouble() * random.nextDouble() * 20_000_000));
        loop.close();
        long accepted = 0;
        for (FutureTask<Given> giver : givers) {
            Given given = Check.join(giver);
            for (Future<?> future : given.futures) {
                Check.soon("this has ended, as its loop has: " + future, future::isDone);
                if (future.state() == Future.State.FAILED) { // looked at, so that nobody reports it when it is garbage
                    Throwable failure = future.exceptionNow();
                    Check.that(
                            failure instanceof LoopClosedException || failure instanceof IOException,
                            "this has failed for another reason than the end of its loop",
                            failure);
                }
            }
            for (Called callback : given.callbacks) {
                Check.equal(
                        "how often this has run, or was cancelled: " + callback.handle,
                        1,
                        callback.ran.get() + (callback.handle.isCancelled() ? 1 : 0));
            }
            accepted += given.futures.size() + given.callbacks.size();
        }
        ground.forgive(IOException.class); // bytes on their way that nobody else was there to hear of
        ground.close(); // not before the givers have ended: one may still be about to be refused, with a task in its
        // hands
        return accepted;
    }

    private static Given give(EventLoop loop, LoopQueue<Integer> queue, int port, Random random) {
        Given given = new Given();
        try {
            ScheduledExecutorService executor = loop.executor();
            for (int i = 0; i < MOST; i++) {
                giveOne(loop, executor, queue, port, random, given);
            }
        } catch (LoopClosedException | RejectedExecutionException e) {
            Check.that(loop.isClosing() || loop.isClosed(), "refused by a loop that is open", e);
        }
        return given;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // they are kept, all of them
    private static void giveOne(
            EventLoop loop,
            ScheduledExecutorService executor,
            LoopQueue<Integer> queue,
            int port,
            Random random,
            Given given) {
        switch (random.nextInt(9)) {
            case 0 -> given.futures.add(loop.createTask(() -> Async.sleep(Duration.ofDays(1))));
            case 1 -> given.futures.add(loop.createTask(Async::yieldNow));
            case 2 -> given.call(loop::callSoon);
            case 3 -> {
                Duration delay = Duration.ofNanos(random.nextInt(5_000_000));
                given.call(callback -> loop.callLater(delay, callback));
            }
            case 4 -> given.futures.add(executor.submit(() -> 1));
            case 5 -> given.futures.add(executor.schedule(() -> 1, random.nextInt(5_000), TimeUnit.MICROSECONDS));
            case 6 -> given.futures.add(loop.runInExecutor(() -> LockSupport.parkNanos(10_000)));
            case 7 -> given.futures.add(queue.offer(1));
            default -> {
                if (random.nextInt(10) == 0) {
                    given.futures.add(client(loop, port));
                }
            }
        }
    }

    private static Task<?> client(EventLoop loop, int port) {
        return loop.createTask(() -> {
            try (Connection connection = Streams.openConnection("127.0.0.1", port)) {
                connection.writer().write("hello\n");
                connection.reader().readLine();
            }
        });
    }
}
