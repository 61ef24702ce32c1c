package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Failures that nobody looked at before their future became garbage. */
class UnretrievedFailureTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<ErrorContext> reported = new CopyOnWriteArrayList<>();

    @Test
    @DisplayName("row 17: a failed future that nobody asked is reported once it is garbage, on the loop")
    void nobodyAsked() {
        EventLoop loop = loops.start();
        loop.setExceptionHandler((l, context) -> {
            assertThat(EventLoop.current()).isSameAs(loop);
            reported.add(context);
        });
        failAndForget(loop, "lost", future -> {});
        awaitReports(1);
        assertThat(reported.get(0).message()).contains("LoopFuture@").contains("never retrieved");
        assertThat(reported.get(0).exception()).hasMessage("lost");
    }

    @Test
    @DisplayName("row 17: a loop that closes without ever having run reports the failures that nobody looked at")
    void loopThatNeverRan() {
        EventLoop loop = loops.open();
        loop.setExceptionHandler((l, context) -> reported.add(context));
        LoopFuture<String> kept = loop.createFuture();
        kept.setException(new IllegalArgumentException("lost"));
        loop.close();
        assertThat(reported)
                .singleElement()
                .satisfies(context -> assertThat(context.exception()).hasMessage("lost"));
        assertThat(kept.isDone()).isTrue();
    }

    @Test
    @DisplayName("row 17: a failed task that nobody awaited is reported by its name")
    void aTaskNobodyAwaited() {
        EventLoop loop = loops.start();
        loop.setExceptionHandler((l, context) -> reported.add(context));
        startAndForget(loop);
        awaitReports(1);
        assertThat(reported.get(0).message()).contains("the lost task").contains("never retrieved");
    }

    private static void startAndForget(EventLoop loop) {
        Task<?> task = loop.createTask("the lost task", () -> {
            throw new IllegalArgumentException("lost");
        });
        Loops.Waiting.until("the task is done", task::isDone);
    }

    @Test
    @DisplayName("rows 17 and 31: result, exception, get, await and cancel after the failure each silence the report")
    @SuppressWarnings("CheckReturnValue") // to ask is what counts
    void somebodyAsked() {
        EventLoop loop = loops.start();
        loop.setExceptionHandler((l, context) -> reported.add(context));
        List<Consumer<LoopFuture<String>>> questions = List.of(
                future -> assertThatThrownBy(future::result),
                LoopFuture::exception,
                LoopFuture::exceptionNow,
                future -> assertThatThrownBy(future::get),
                future -> assertThatThrownBy(future::await),
                future -> assertThatThrownBy(() -> future.toCompletableFuture().get()),
                LoopFuture::cancel);
        for (Consumer<LoopFuture<String>> question : questions) {
            failAndForget(loop, "seen", question);
        }
        failAndForget(loop, "lost", future -> {});
        // Cleaners run in no order, so give the others the time that the lost one takes, and one more collection.
        awaitReports(1);
        collectGarbage();
        assertThat(reported).hasSize(1);
        assertThat(reported.get(0).exception()).hasMessage("lost");
    }

    @Test
    @DisplayName("row 17: the loop is closed by then: the report comes all the same")
    void afterClose() {
        EventLoop loop = loops.open();
        loop.setExceptionHandler((l, context) -> reported.add(context));
        failAndForget(loop, "lost", future -> {});
        loop.close();
        awaitReports(1);
    }

    @Test
    @DisplayName("a failed future that is cancelled only, or has a result, is no failure")
    void noFailures() {
        EventLoop loop = loops.start();
        loop.setExceptionHandler((l, context) -> reported.add(context));
        for (int i = 0; i < 3; i++) {
            loop.createFuture().cancel();
            loop.createFuture().setResult("result");
        }
        failAndForget(loop, "lost", future -> {});
        awaitReports(1);
        assertThat(reported.get(0).exception()).hasMessage("lost");
    }

    private static void failAndForget(EventLoop loop, String message, Consumer<LoopFuture<String>> question) {
        LoopFuture<String> future = loop.createFuture();
        future.setException(new IllegalArgumentException(message));
        question.accept(future);
    }

    private void awaitReports(int count) {
        for (int i = 0; i < 100 && reported.size() < count; i++) {
            collectGarbage();
        }
        assertThat(reported).hasSize(count);
    }

    private void collectGarbage() {
        System.gc();
        int before = reported.size();
        Loops.Waiting.upTo(Duration.ofMillis(50), () -> reported.size() > before);
    }
}
