package io.loomloop;

import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** The kinds of threads that use an executor of a loop which runs on its own thread. */
enum Places {
    OUTSIDE {
        @Override
        void start(EventLoop loop, Runnable work) {
            Thread.ofPlatform().daemon().name("outside").start(work);
        }
    },
    VIRTUAL_OUTSIDE {
        @Override
        void start(EventLoop loop, Runnable work) {
            Thread.startVirtualThread(work);
        }
    },
    TASK {
        @Override
        void start(EventLoop loop, Runnable work) {
            var unused = loop.createTask(work::run);
        }
    },
    CALLBACK {
        @Override
        void start(EventLoop loop, Runnable work) {
            loop.callSoon(work);
        }
    },
    SUBMISSION {
        @Override
        void start(EventLoop loop, Runnable work) {
            loop.executor().execute(work);
        }
    },
    FACTORY_THREAD {
        @Override
        void start(EventLoop loop, Runnable work) {
            loop.threadFactory().newThread(work).start();
        }
    },
    OTHER_LOOP {
        @Override
        void start(EventLoop loop, Runnable work) {
            Thread.ofPlatform()
                    .daemon()
                    .name("other loop")
                    .start(() -> EventLoop.run(() -> {
                        Async.createTask(work::run).await();
                    }));
        }
    };

    abstract void start(EventLoop loop, Runnable work);

    /** Does the work there, and waits for it. */
    <T> T call(EventLoop loop, Body<T, ?> work) throws Exception {
        FutureTask<T> result = new FutureTask<>(() -> work.call());
        start(loop, result);
        return result.get(20, TimeUnit.SECONDS);
    }

    void run(EventLoop loop, VoidBody<?> work) throws Exception {
        call(loop, work.asBody());
    }
}
