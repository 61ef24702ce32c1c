package io.loomloop.examples.recipes;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;

@DisplayName("Spring on a loop:")
@Timeout(60)
class SpringRecipeTest {
    private EventLoop loop;
    private ScheduledExecutorService executor;

    @BeforeEach
    void startLoop() {
        loop = EventLoop.start();
        executor = loop.executor();
    }

    @AfterEach
    void closeLoop() {
        loop.close();
    }

    @Test
    @DisplayName("an application that is closed leaves the executor open")
    void closedApplication() throws Exception {
        SpringRecipe.run(executor, Wait.SLEEP);
        checkOpen();
    }

    @Test
    @DisplayName("a ConcurrentTaskScheduler runs @Scheduled and @Async methods on the loop, and is no owner of it")
    void scheduler() throws Exception {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            context.getBeanFactory().registerSingleton("loop", executor);
            context.register(Clock.class);
            context.refresh();
            for (int i = 0; i < 3; i++) {
                assertThat(context.getBean(Clock.class).ticks.poll(30, SECONDS)).isSameAs(loop);
            }
            assertThat(context.getBean(Background.class).whereAmI().get(30, SECONDS))
                    .isSameAs(loop);
        }
        checkOpen();
    }

    private void checkOpen() throws Exception {
        assertThat(executor.isShutdown()).isFalse();
        assertThat(executor.submit(EventLoop::current).get(30, SECONDS)).isSameAs(loop);
        assertThat(executor.schedule(EventLoop::current, 1, SECONDS).get(30, SECONDS))
                .isSameAs(loop);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    @EnableAsync
    @Import(Background.class)
    static class Clock {
        final BlockingQueue<EventLoop> ticks = new LinkedBlockingQueue<>();

        @Bean
        static ConcurrentTaskScheduler applicationTaskExecutor(ScheduledExecutorService loop) {
            return new ConcurrentTaskScheduler(loop);
        }

        @Scheduled(fixedRate = 10)
        void tick() {
            ticks.add(EventLoop.current());
        }
    }

    static class Background {
        @Async
        CompletableFuture<EventLoop> whereAmI() {
            return CompletableFuture.completedFuture(EventLoop.current());
        }
    }
}
