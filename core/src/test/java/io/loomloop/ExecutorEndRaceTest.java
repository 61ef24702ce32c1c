package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Submissions that come while an executor is shut down, or while its loop closes. */
@DisplayName("An executor that ends while others submit")
class ExecutorEndRaceTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private EventLoop loop;

    @BeforeEach
    void start() {
        loop = loops.start();
    }

    @Test
    @DisplayName("shutdown against submit: each submission is rejected or runs, and all have run at the termination")
    void submitAgainstShutdown() throws Exception {
        for (int round = 0; round < 200; round++) {
            ScheduledExecutorService racing = loop.executor();
            AtomicInteger accepted = new AtomicInteger();
            AtomicInteger ran = new AtomicInteger();
            Thread submitter = Thread.ofPlatform().start(() -> {
                try {
                    for (; ; ) {
                        racing.execute(ran::incrementAndGet);
                        accepted.incrementAndGet();
                    }
                } catch (RejectedExecutionException e) {
                    // that is the end of it
                }
            });
            Loops.Waiting.until("some have run", () -> ran.get() > 0);
            boolean now = round % 2 == 0;
            int returned = 0;
            if (now) {
                returned = racing.shutdownNow().size();
            } else {
                racing.shutdown();
            }
            submitter.join();
            assertThat(racing.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            int atTermination = ran.get();
            loop.createTask(() -> {}).await();
            assertThat(ran).hasValue(atTermination);
            assertThat(ran.get() + returned).isEqualTo(accepted.get());
        }
    }

    @Test
    @DisplayName(
            "what is to repeat and is submitted against shutdown is refused or cancelled, and keeps nobody waiting")
    void repeatedAgainstShutdown() throws Exception {
        for (int round = 0; round < 200; round++) {
            ScheduledExecutorService racing = loop.executor();
            List<Future<?>> accepted = new CopyOnWriteArrayList<>();
            Thread submitter = Thread.ofPlatform().start(() -> {
                try {
                    for (; ; ) {
                        accepted.add(racing.scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.DAYS));
                    }
                } catch (RejectedExecutionException e) {
                    // that is the end of it
                }
            });
            Loops.Waiting.until("some are set", () -> accepted.size() > 2);
            racing.shutdown();
            submitter.join();
            assertThat(racing.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(accepted).allMatch(Future::isCancelled);
        }
    }

    @Test
    @DisplayName("threads that submit more than can run do not keep the loop from closing")
    void submitAgainstClose() throws Exception {
        EventLoop closing = loops.start();
        ExecutorService busy = closing.executor();
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        List<Thread> submitters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            submitters.add(Thread.ofPlatform().start(() -> {
                try {
                    for (; ; ) {
                        busy.execute(ran::incrementAndGet);
                    }
                } catch (RejectedExecutionException e) {
                    refused.incrementAndGet();
                }
            }));
        }
        Loops.Waiting.until("some have run", () -> ran.get() > 0);
        closing.close();
        for (Thread submitter : submitters) {
            submitter.join();
        }
        assertThat(refused).hasValue(3);
    }

    @Test
    @DisplayName("from when its loop closes it counts as shut down, for the loop's own tasks too")
    void submitWhileClosing() throws Exception {
        EventLoop closing = loops.start();
        ExecutorService executor = closing.executor();
        CompletableFuture<String> goOn = new CompletableFuture<>();
        CountDownLatch cleaning = new CountDownLatch(1);
        AtomicReference<Throwable> refused = new AtomicReference<>();
        Task<?> task = closing.createTask(() -> {
            try {
                Async.sleep(Duration.ofDays(1));
            } finally {
                cleaning.countDown();
                Async.await(goOn);
                try {
                    executor.execute(() -> {});
                } catch (RejectedExecutionException e) {
                    refused.set(e);
                }
            }
        });
        Loops.Waiting.until("it sleeps", () -> closing.statistics().timers() > 0);
        Thread closer = Thread.ofPlatform().start(closing::close);
        cleaning.await();
        assertThat(executor.isShutdown()).isTrue();
        assertThatThrownBy(() -> executor.execute(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("being closed");
        goOn.complete("now");
        closer.join();
        assertThat(refused.get()).isInstanceOf(RejectedExecutionException.class);
        assertThat(task.isDone()).isTrue();
    }
}
