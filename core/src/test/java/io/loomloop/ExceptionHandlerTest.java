package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where failures go that have no caller. */
class ExceptionHandlerTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("row 11: a handler that throws is logged as an error, after the failure it was given")
    void aHandlerThatThrows() {
        try (LogCapture log = new LogCapture()) {
            loops.run(() -> {
                EventLoop loop = EventLoop.current();
                loop.setExceptionHandler((l, context) -> {
                    throw new IllegalStateException("broken handler");
                });
                loop.callSoon(() -> {
                    throw new IllegalArgumentException("oops");
                });
                Async.yieldNow();
                loop.callSoon(() -> loop.setExceptionHandler(EventLoop::logException));
                Async.yieldNow();
            });
            assertThat(log.records()).hasSize(2);
            assertThat(log.records().get(0).getMessage()).contains("exception in callback");
            assertThat(log.records().get(0).getThrown()).hasMessage("oops");
            assertThat(log.records().get(1).getMessage()).contains("unhandled error in the exception handler");
            assertThat(log.records().get(1).getThrown()).hasMessage("broken handler");
        }
    }

    @Test
    @DisplayName("row 11: a handler that throws an error does no more harm than one that throws an exception")
    void aHandlerThatThrowsAnError() {
        try (LogCapture log = new LogCapture()) {
            loops.run(() -> {
                EventLoop loop = EventLoop.current();
                loop.setExceptionHandler((l, context) -> {
                    throw new AssertionError("broken handler");
                });
                for (int i = 0; i < 3; i++) {
                    loop.callSoon(() -> {
                        throw new IllegalArgumentException("oops");
                    });
                    Async.yieldNow();
                }
            });
            assertThat(log.records()).hasSize(6);
        }
    }

    @Test
    @DisplayName("the default handler logs the message, the failure, and what it belongs to")
    void theDefaultHandler() {
        try (LogCapture log = new LogCapture()) {
            loops.run(() -> {
                EventLoop loop = EventLoop.current();
                LoopFuture<String> future = loop.createFuture();
                Handle handle = loop.callSoon(() -> {});
                RuntimeException failure = new IllegalArgumentException("oops");
                EventLoop.logException(loop, new ErrorContext("something went wrong", failure, future, handle));
                assertThat(log.records()).hasSize(1);
                assertThat(log.records().get(0).getLevel()).isEqualTo(Level.SEVERE);
                assertThat(log.records().get(0).getThrown()).isSameAs(failure);
                assertThat(log.records().get(0).getMessage())
                        .startsWith("something went wrong")
                        .contains(future.toString())
                        .contains(handle.toString())
                        .contains(loop.name());
            });
        }
    }

    @Test
    @DisplayName("braces in the message are no placeholders")
    void braces() {
        try (LogCapture log = new LogCapture()) {
            EventLoop loop = loops.open();
            EventLoop.logException(loop, new ErrorContext("{0} and {it's}", null));
            assertThat(log.records().get(0).getMessage()).startsWith("{0} and {it's}");
            assertThat(log.records().get(0).getThrown()).isNull();
        }
    }

    @Test
    @DisplayName(
            "callExceptionHandler calls the handler that is set, in the calling thread, on an open and on a closed loop")
    void callExceptionHandler() {
        EventLoop loop = loops.open();
        List<Thread> threads = new ArrayList<>();
        loop.setExceptionHandler((l, context) -> {
            assertThat(l).isSameAs(loop);
            assertThat(context.message()).isEqualTo("by hand");
            threads.add(Thread.currentThread());
        });
        loop.callExceptionHandler(new ErrorContext("by hand", null));
        loop.close();
        loop.callExceptionHandler(new ErrorContext("by hand", null));
        assertThat(threads).containsExactly(Thread.currentThread(), Thread.currentThread());
    }

    @Test
    @DisplayName("row 11: the handler of a failing callback runs on the loop, and may use it")
    void whereTheHandlerRuns() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> reported = loop.createFuture();
            ExceptionHandler handler = (l, context) -> {
                assertThat(EventLoop.current()).isSameAs(loop);
                loop.callSoon(() -> reported.setResult(context.message()));
            };
            loop.setExceptionHandler(handler);
            assertThat(loop.exceptionHandler()).isSameAs(handler);
            loop.callSoon(() -> {
                throw new IllegalArgumentException("oops");
            });
            assertThat(reported.await()).contains("exception in callback");
        });
    }
}
