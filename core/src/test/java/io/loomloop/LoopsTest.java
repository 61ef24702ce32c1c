package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;

/** The oracle finds what it looks for. */
class LoopsTest {
    private static final ExtensionContext CONTEXT = (ExtensionContext) Proxy.newProxyInstance(
            LoopsTest.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, method, arguments) -> method.getName().equals("getDisplayName") ? "the test" : null);

    private final Loops oracle = new Loops();
    private final Loops impatient = new Loops(Duration.ofMillis(500));

    @Test
    @DisplayName("a test that leaves nothing behind passes")
    void nothingIsLeft() throws Exception {
        assertThat(oracle.run(() -> "result")).isEqualTo("result");
        oracle.afterEach(CONTEXT);
    }

    @Test
    @DisplayName("a failure that reached the exception handler fails the test, unless it was taken")
    void failures() throws Exception {
        oracle.run(() -> {
            EventLoop.current().callSoon(() -> {
                throw new IllegalArgumentException("expected");
            });
            Async.yieldNow();
        });
        assertThat(oracle.takeFailure().exception()).hasMessage("expected");
        oracle.afterEach(CONTEXT);

        EventLoop loop = oracle.start();
        loop.callSoon(() -> {
            throw new IllegalArgumentException("unexpected");
        });
        assertThat(catchThrowable(() -> oracle.afterEach(CONTEXT)))
                .hasMessageContaining("unexpected failure")
                .hasMessageContaining("IllegalArgumentException");
    }

    @Test
    @DisplayName("a thread of a loop that goes on fails the test")
    void threads() {
        CountDownLatch gate = new CountDownLatch(1);
        EventLoop loop = oracle.open();
        Thread thread = Thread.ofPlatform().daemon().name(loop.name() + "-left").start(() -> {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(catchThrowable(() -> oracle.afterEach(CONTEXT)))
                .hasMessageContaining("threads")
                .hasMessageContaining(thread.getName());
        gate.countDown();
    }

    @Test
    @DisplayName("a test that is stuck fails, and shows its tasks and where they are")
    void stuckTests() throws Exception {
        EventLoop loop = impatient.start();
        LoopFuture<String> never = loop.createFuture();
        Task<String> task = loop.createTask("the stuck task", never::await);
        loop.createTask(() -> {}).await();
        InvocationInterceptor.Invocation<Void> stuck = () -> {
            var unused = never.await();
            return null;
        };
        Throwable failure = catchThrowable(() -> impatient.interceptTestMethod(stuck, null, CONTEXT));
        assertThat(failure)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the test is stuck")
                .hasMessageContaining("the stuck task")
                .hasMessageContaining("Parking.park");
        impatient.afterEach(CONTEXT);
        never.setResult("");
        task.await();
        loop.close();
    }

    @Test
    @DisplayName("a loop that cannot be closed fails the test")
    void loopsThatCannotBeClosed() {
        EventLoop loop = impatient.start();
        CountDownLatch gate = new CountDownLatch(1);
        Task<?> stubborn = loop.createTask("the stubborn task", () -> {
            while (gate.getCount() > 0) {
                try {
                    gate.await();
                } catch (InterruptedException ignored) {
                    // and waits on
                }
            }
        });
        loop.createTask(() -> {}).await();
        assertThat(catchThrowable(() -> impatient.afterEach(CONTEXT)))
                .hasMessageContaining("the end of the test is stuck")
                .hasMessageContaining("the stubborn task");
        gate.countDown();
        Loops.Waiting.until("the loop is closed after all", loop::isClosed);
        assertThat(stubborn.isDone()).isTrue();
    }
}
