package io.loomloop.soak;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.check.Check;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** Programs that each have one fault, which a run has to find: one that finds nothing proves nothing. */
@SuppressWarnings({"ImmutableEnumChecker", "FutureReturnValueIgnored"}) // on purpose
enum Broken implements Program {
    /** Has a check that does not hold. */
    MISCOUNTS {
        @Override
        void err(Field field, Random random) throws Exception {
            EventLoop loop = field.loop(random);
            LoopFuture<Integer> future = loop.createFuture();
            int lost = Check.call(loop, () -> future.trySetResult(1) && future.trySetResult(2) ? 2 : 1);
            Check.equal("the number of completions", 2, lost);
        }
    },
    /** Waits for what nobody completes. */
    HANGS {
        @Override
        void err(Field field, Random random) throws Exception {
            EventLoop loop = field.loop(random);
            loop.createTask("waits for ever", () -> loop.createFuture().await()).get();
        }
    },
    /** Leaves a task behind. */
    LEAVES_TASK {
        @Override
        void err(Field field, Random random) {
            LoopFuture<String> never = field.loop(random).createFuture();
            never.loop().createTask("left behind", never::await);
        }
    },
    /** Fails in a callback, where nobody waits for it. */
    FAILS_ASIDE {
        @Override
        void err(Field field, Random random) {
            field.loop(random).callSoon(() -> {
                throw new IllegalStateException("broken on purpose");
            });
        }
    },
    /** Keeps memory. */
    KEEPS_HEAP {
        @Override
        void err(Field field, Random random) {
            kept.add(new byte[512 << 10]);
        }
    },
    /** Keeps memory outside of the heap. */
    KEEPS_BUFFERS {
        @Override
        void err(Field field, Random random) {
            kept.add(ByteBuffer.allocateDirect(512 << 10));
        }
    },
    /** Keeps platform threads. */
    KEEPS_THREADS {
        @Override
        void err(Field field, Random random) {
            kept.add(Thread.ofPlatform().daemon().name("kept").start(LockSupport::park));
        }
    },
    /** Keeps virtual threads, which are no task's and no loop's. */
    KEEPS_VIRTUAL_THREADS {
        @Override
        void err(Field field, Random random) {
            CountDownLatch never = new CountDownLatch(1);
            kept.add(Thread.ofVirtual().name("kept").start(() -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    // the end of it
                }
            }));
        }
    },
    /** Keeps descriptors. */
    KEEPS_DESCRIPTORS {
        @Override
        void err(Field field, Random random) throws IOException {
            kept.add(Pipe.open());
        }
    };

    /** Lets go of what was kept, for whoever goes on in this JVM. */
    void release() throws IOException {
        for (Object each : kept) {
            if (each instanceof Thread thread) {
                thread.interrupt();
            } else if (each instanceof Pipe pipe) {
                pipe.source().close();
                pipe.sink().close();
            }
        }
        kept.clear();
    }

    final List<Object> kept = new ArrayList<>();

    abstract void err(Field field, Random random) throws Exception;

    @Override
    public long round(Field field, Random random) throws Exception {
        Check.run(field.loop(random), Async::yieldNow);
        err(field, random);
        LockSupport.parkNanos(10_000_000);
        return 1;
    }
}
