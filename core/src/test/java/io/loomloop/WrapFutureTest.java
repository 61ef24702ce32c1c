package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** asyncio's wrap_future: futures and stages of others as futures of a loop; and executors that send work away. */
class WrapFutureTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private EventLoop loop;

    @BeforeEach
    void start() {
        loop = loops.start();
    }

    @Test
    @DisplayName("row 18: a stage's result, failure and cancellation arrive, the failure unwrapped")
    void stages() {
        CompletableFuture<String> result = new CompletableFuture<>();
        LoopFuture<String> wrapped = loop.wrapFuture(result);
        assertThat(wrapped.loop()).isSameAs(loop);
        assertThat(wrapped.isDone()).isFalse();
        result.complete("result");
        assertThat(wrapped.await()).isEqualTo("result");
        IOException failure = new IOException("failed");
        LoopFuture<String> failed =
                loop.wrapFuture(CompletableFuture.<String>failedFuture(failure).thenApply(s -> s));
        assertThat(failed.exception()).isSameAs(failure);
        CompletableFuture<String> cancelled = new CompletableFuture<>();
        LoopFuture<String> twin = loop.wrapFuture(cancelled.minimalCompletionStage());
        cancelled.cancel(true);
        assertThat(twin.isCancelled()).isTrue();
        assertThat(loop.<String>wrapFuture(CompletableFuture.completedStage("stage"))
                        .result())
                .isEqualTo("stage");
    }

    @Test
    @DisplayName("row 18: cancelling ours cancels theirs, and theirs ours; the dependents of theirs run off the caller")
    void cancelBothWays() {
        CompletableFuture<String> theirs = new CompletableFuture<>();
        CompletableFuture<Object> where = theirs.handle((result, failure) -> EventLoop.current());
        loop.wrapFuture(theirs).cancel();
        assertThat(where.join()).isSameAs(loop);
        assertThat(theirs.isCancelled()).isTrue();
        FutureTask<String> task = new FutureTask<>(() -> "never");
        LoopFuture<String> twin = loop.wrapFuture((Future<String>) task);
        loop.createTask(Async::yieldNow).await();
        twin.cancel();
        assertThatThrownBy(twin::await).isInstanceOf(CancelledException.class);
        assertThat(task.isCancelled()).isTrue();
        FutureTask<String> other = new FutureTask<>(() -> "never");
        LoopFuture<String> otherTwin = loop.wrapFuture((Future<String>) other);
        other.cancel(true);
        assertThatThrownBy(otherTwin::await).isInstanceOf(CancelledException.class);
    }

    @Test
    @DisplayName("row 18: cancelling ours at once cancels theirs")
    void cancelAtOnce() {
        FutureTask<String> theirs = new FutureTask<>(() -> "never");
        loop.createTask(() -> {
                    LoopFuture<String> twin = loop.wrapFuture((Future<String>) theirs);
                    twin.cancel();
                    assertThatThrownBy(twin::await).isInstanceOf(CancelledException.class);
                    Async.yieldNow();
                })
                .await();
        assertThat(theirs.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("row 18: cancelling ours when theirs is done already changes neither")
    void cancelTooLate() {
        CompletableFuture<String> theirs = CompletableFuture.completedFuture("done");
        LoopFuture<String> twin = loop.wrapFuture(theirs);
        assertThat(twin.cancel()).isFalse();
        assertThat(theirs.isCancelled()).isFalse();
        assertThat(twin.result()).isEqualTo("done");
    }

    @Test
    @DisplayName(
            "a plain Future is waited for by a task, one that is done is copied, and it may be of the type of a stage")
    void futures() {
        FutureTask<String> task = new FutureTask<>(() -> "result");
        LoopFuture<String> twin = loop.wrapFuture((Future<String>) task);
        Thread.ofPlatform().start(task);
        assertThat(twin.await()).isEqualTo("result");
        assertThat(loop.wrapFuture((Future<String>) task).result()).isEqualTo("result");
        FutureTask<String> failing = new FutureTask<>(() -> {
            throw new IOException("failed");
        });
        LoopFuture<String> early = loop.wrapFuture((Future<String>) failing);
        failing.run();
        assertThatThrownBy(early::await).isInstanceOf(CompletionException.class).hasCauseInstanceOf(IOException.class);
        assertThat(loop.wrapFuture((Future<String>) failing).exception()).isInstanceOf(IOException.class);
        FutureTask<String> cancelled = new FutureTask<>(() -> "");
        cancelled.cancel(true);
        assertThat(loop.wrapFuture((Future<String>) cancelled).isCancelled()).isTrue();
        CompletableFuture<String> hidden = new CompletableFuture<>();
        LoopFuture<String> seen = loop.wrapFuture((Future<String>) hidden);
        assertThat(seen).isNotInstanceOf(Task.class);
        hidden.complete("hidden");
        assertThat(seen.await()).isEqualTo("hidden");
    }

    @Test
    @DisplayName("a future of this loop is returned as it is; one of another loop is followed, and cancelled with ours")
    void oursAndOtherLoops() {
        LoopFuture<String> ours = loop.createFuture();
        assertThat(loop.wrapFuture((Future<String>) ours)).isSameAs(ours);
        EventLoop other = loops.start();
        LoopFuture<String> theirs = other.createFuture();
        LoopFuture<String> twin = loop.wrapFuture((Future<String>) theirs);
        assertThat(twin.loop()).isSameAs(loop);
        theirs.setResult("theirs");
        assertThat(twin.await()).isEqualTo("theirs");
        LoopFuture<String> never = other.createFuture();
        LoopFuture<String> neverTwin = loop.wrapFuture((Future<String>) never);
        neverTwin.cancel();
        assertThatThrownBy(never::await).isInstanceOf(CancelledException.class);
    }

    @Test
    @DisplayName("a closed loop wraps nothing")
    void closed() {
        loop.close();
        assertThatThrownBy(() -> loop.wrapFuture(CompletableFuture.completedFuture("")))
                .isInstanceOf(LoopClosedException.class);
        assertThatThrownBy(() -> loop.wrapFuture((Future<String>) new FutureTask<>(() -> "")))
                .isInstanceOf(LoopClosedException.class);
    }

    @Test
    @DisplayName("Async.await of a Future that is a stage too does not block in its get")
    void awaitOfAHiddenStage() {
        Future<String> hidden = new CompletableFuture<>() {
            @Override
            public String get() {
                throw new AssertionError("blocked");
            }
        };
        Task<String> task = loop.createTask(() -> Async.await(hidden));
        ((CompletableFuture<String>) hidden).complete("hidden");
        assertThat(task.await()).isEqualTo("hidden");
    }

    @Test
    @DisplayName(
            "a failure that a stage has in the wrapping of Future.get arrives unwrapped, one of a kind of its own as it is")
    void executionException() {
        IOException failure = new IOException("failed");
        assertThat(loop.wrapFuture(CompletableFuture.failedFuture(new ExecutionException(failure)))
                        .exception())
                .isSameAs(failure);
        ExecutionException own = new ExecutionException("a member left", failure) {};
        assertThat(loop.wrapFuture(CompletableFuture.failedFuture(own)).exception())
                .isSameAs(own);
        ExecutionException bare = new ExecutionException("without a cause", null);
        assertThat(loop.wrapFuture(CompletableFuture.failedFuture(bare)).exception())
                .isSameAs(bare);
    }

    // ---- work that is sent away

    /** Stands for a cluster: what is submitted is serialized, and runs somewhere else. */
    private static final class Cluster extends AbstractExecutorService {
        private final ExecutorService member = Executors.newCachedThreadPool();
        private final boolean stages;

        Cluster(boolean stages) {
            this.stages = stages;
        }

        @Override
        public <T> Future<T> submit(Callable<T> work) {
            Callable<T> copy = copyOf(work);
            if (!stages) {
                return member.submit(copy);
            }
            CompletableFuture<T> result = new CompletableFuture<>();
            Future<?> running = member.submit(() -> {
                try {
                    result.complete(copy.call());
                } catch (Throwable failure) {
                    result.completeExceptionally(failure);
                }
            });
            var unused = result.whenComplete((value, failure) -> {
                if (result.isCancelled()) {
                    running.cancel(true);
                }
            });
            return result;
        }

        @SuppressWarnings("unchecked")
        private static <T> T copyOf(T object) {
            try {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                new ObjectOutputStream(bytes).writeObject(object);
                return (T) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
            } catch (IOException | ClassNotFoundException e) {
                throw new RejectedExecutionException(e);
            }
        }

        @Override
        public void execute(Runnable command) {
            throw new RejectedExecutionException("cannot be sent: " + command);
        }

        @Override
        public void shutdown() {
            member.shutdown();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return member.shutdownNow();
        }

        @Override
        public boolean isShutdown() {
            return member.isShutdown();
        }

        @Override
        public boolean isTerminated() {
            return member.isTerminated();
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
            return member.awaitTermination(timeout, unit);
        }
    }

    private static final ContextVar<String> WHO = ContextVar.of("who");
    // the test sets them, and the work reads them, which is a copy
    private static volatile CountDownLatch begun;
    private static volatile CountDownLatch interrupted;

    @Test
    @DisplayName("runInExecutor sends serializable work as it is, and takes its result from the stage or the Future")
    void serializableWork() throws Exception {
        for (boolean stages : new boolean[] {true, false}) {
            try (Cluster cluster = new Cluster(stages)) {
                int seven = 7;
                Body<Integer, RuntimeException> work = (Body<Integer, RuntimeException> & Serializable) () -> seven * 6;
                assertThat(loop.runInExecutor(cluster, work).await()).isEqualTo(42);
                VoidBody<IOException> failing = (VoidBody<IOException> & Serializable) () -> {
                    throw new IOException("far away");
                };
                assertThatThrownBy(() -> loop.runInExecutor(cluster, failing).get())
                        .hasCauseInstanceOf(IOException.class)
                        .hasMessageContaining("far away");
                assertThatThrownBy(() -> loop.runInExecutor(cluster, () -> seven))
                        .isInstanceOf(RejectedExecutionException.class);
            }
        }
    }

    @Test
    @DisplayName("serializable work that is not sent away has the submitter's context")
    void serializableWorkAtHome() {
        try (ExecutorService local = Executors.newSingleThreadExecutor()) {
            String seen = loop.createTask(() -> {
                        WHO.set("submitter");
                        return loop.runInExecutor(
                                        local, (Body<String, RuntimeException> & Serializable) () -> WHO.get())
                                .await();
                    })
                    .await();
            assertThat(seen).isEqualTo("submitter");
        }
    }

    @Test
    @DisplayName("cancelling work that was sent away cancels it there")
    void cancelReachesTheCluster() throws Exception {
        begun = new CountDownLatch(1);
        interrupted = new CountDownLatch(1);
        try (Cluster cluster = new Cluster(true)) {
            LoopFuture<?> future = loop.runInExecutor(cluster, (VoidBody<InterruptedException> & Serializable) () -> {
                begun.countDown();
                try {
                    Thread.sleep(Duration.ofDays(1)); // reason: the wait far away that is to be ended
                } catch (InterruptedException e) {
                    interrupted.countDown();
                }
            });
            begun.await();
            future.cancel();
            assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }
}
