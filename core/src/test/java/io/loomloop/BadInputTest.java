package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.spi.LoopService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the public methods do with numbers, durations and calls that make no sense. Null is in {@link NullArgumentsTest}, a closed
 * loop in {@link CloseTest}, a thread that is on no loop in {@link RunTest}, a second completion in {@link FutureTest}.
 */
class BadInputTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE})
    @DisplayName("a negative threshold for slow steps is refused, and the value is named")
    void negativeThresholds(long seconds) {
        assertThatThrownBy(() -> EventLoop.builder().slowStepThreshold(Duration.ofSeconds(seconds)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Duration.ofSeconds(seconds).toString());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    @DisplayName("a stack size that is not positive is refused, and the value is named")
    void stackSizes(long bytes) {
        assertThatThrownBy(() -> EventLoop.builder().stackSize(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + bytes);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    @DisplayName("sleeping for no time, or less, is one hop and sets no timer")
    void sleepsOfNoTime(long seconds) {
        loops.run(() -> {
            boolean[] ran = new boolean[1];
            EventLoop.current().callSoon(() -> ran[0] = true);
            assertThat(Async.sleep(Duration.ofSeconds(seconds), "result")).isEqualTo("result");
            assertThat(ran[0]).isTrue();
            assertThat(EventLoop.current().time()).isZero();
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    @DisplayName("a timed get of no time, or less, does not wait: neither on a loop nor off it")
    void getsOfNoTime(long timeout) {
        EventLoop other = loops.open();
        LoopFuture<String> future = other.createFuture();
        assertThatThrownBy(() -> future.get(timeout, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);
        loops.run(() -> {
            assertThatThrownBy(() -> future.get(timeout, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);
        });
    }

    @Test
    @DisplayName("a task cannot be completed from outside, and each method says why")
    void tasksAreNotCompletedFromOutside() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> "its own");
            for (Throwable refusal : List.of(
                    catchThrowable(() -> task.setResult("")),
                    catchThrowable(() -> task.trySetResult("")),
                    catchThrowable(() -> task.setException(new IllegalArgumentException())),
                    catchThrowable(() -> task.trySetException(new IllegalArgumentException())))) {
                assertThat(refusal)
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("its body");
            }
            assertThat(task.await()).isEqualTo("its own");
        });
    }

    @Test
    @DisplayName("a stage that is cancelled by name only, and odd names, are taken as they are")
    void oddNames() {
        EventLoop loop = loops.open();
        for (String name : List.of("", " ", "{0}", "a\nb")) {
            Task<String> task = loop.createTask(
                    name,
                    () -> Async.currentTask().name() + Thread.currentThread().getName());
            assertThat(loop.runUntilComplete(task)).isEqualTo(name + name);
        }
        Task<?> task = loop.createTask(() -> {});
        assertThat(task.name()).matches("Task-\\d+");
        task.setName("renamed");
        assertThat(task.name()).isEqualTo("renamed");
        assertThat(task.thread().getName()).isEqualTo("renamed");
        assertThat(task).hasToString("renamed[pending]");
    }

    /** Counts how often it is closed. */
    private static final class Service implements LoopService {
        int closed;

        @Override
        public void close() {
            closed++;
        }
    }

    @Test
    @DisplayName("a service is made once, closed once with the loop, and refused afterwards")
    void services() {
        EventLoop loop = loops.open();
        Service service = loop.service(Service.class, l -> new Service());
        assertThat(loop.service(Service.class, l -> new Service())).isSameAs(service);
        assertThat(service.closed).isZero();
        loop.close();
        loop.close();
        assertThat(service.closed).isEqualTo(1);
        assertThatThrownBy(() -> loop.service(Service.class, l -> new Service()))
                .isInstanceOf(LoopClosedException.class);
    }

    @Test
    @DisplayName("a factory that makes nothing, or throws, leaves no service behind")
    void servicesThatAreNotMade() {
        EventLoop loop = loops.open();
        assertThatThrownBy(() -> loop.service(Service.class, l -> null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> loop.service(Service.class, l -> {
                    throw new IllegalArgumentException("no service");
                }))
                .hasMessage("no service");
        assertThat(loop.service(Service.class, l -> new Service())).isNotNull();
    }

    @Test
    @DisplayName("a service that cannot be closed is reported, and the others are closed")
    void servicesThatCannotBeClosed() {
        EventLoop loop = loops.open();
        LoopService broken = loop.service(LoopService.class, l -> () -> {
            throw new IllegalStateException("stuck");
        });
        Service service = loop.service(Service.class, l -> new Service());
        loop.close();
        assertThat(service.closed).isEqualTo(1);
        ErrorContext failure = loops.takeFailure();
        assertThat(failure.exception()).hasMessage("stuck");
        assertThat(failure.message()).contains(broken.toString());
    }
}
