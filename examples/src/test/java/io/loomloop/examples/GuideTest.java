package io.loomloop.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ContextVar;
import io.loomloop.EventLoop;
import io.loomloop.ExceptionGroup;
import io.loomloop.LoopFuture;
import io.loomloop.ReturnWhen;
import io.loomloop.Runner;
import io.loomloop.Task;
import io.loomloop.TaskGroupOptions;
import io.loomloop.TaskOptions;
import io.loomloop.WaitResult;
import io.loomloop.coroutine.Generator;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import io.loomloop.testing.LoopExtension;
import io.loomloop.testing.VirtualTimeDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples of the README and the guide, compiled and run; {@link DocsTest} compares the text. */
@ExtendWith(LoopExtension.class)
@SuppressWarnings("FutureReturnValueIgnored") // a group sees to its tasks
class GuideTest {
    private static final ContextVar<String> USER = ContextVar.of("user", "nobody");

    private static String load(String name) {
        Async.sleep(Duration.ofSeconds(name.length()));
        return name.toUpperCase(java.util.Locale.ROOT);
    }

    @Test
    void tasks() {
        Task<String> task = Async.createTask(() -> load("page"));
        Async.sleep(Duration.ofSeconds(1)); // the task goes on meanwhile
        String page = task.await();

        List<String> both = Async.gather(() -> load("a"), () -> load("b")).await();
        assertThat(page + both).isEqualTo("PAGE[A, B]");
    }

    @Test
    void eager() {
        Task<Integer> task = Async.createTask(TaskOptions.named("eager").withEagerStart(true), () -> 42);
        assertThat(task.result()).isEqualTo(42); // done before createTask returned
    }

    @Test
    void some() {
        List<Task<String>> tasks =
                List.of(Async.createTask(() -> load("fast")), Async.createTask(() -> load("slower")));
        WaitResult<Task<String>> first = Async.waitAll(tasks, ReturnWhen.FIRST_COMPLETED);
        assertThat(first.done()).containsExactly(tasks.get(0));

        List<String> pages = new ArrayList<>();
        for (Task<String> done : Async.asCompleted(tasks)) {
            pages.add(done.result());
        }
        assertThat(pages).containsExactly("FAST", "SLOWER");
    }

    @Test
    void cancellation() {
        List<String> seen = new ArrayList<>();
        Task<?> task = Async.createTask(() -> {
            try {
                Async.sleep(Duration.ofDays(1));
            } catch (CancelledException e) {
                seen.add(e.getMessage());
                throw e; // or else nobody sees that the task was cancelled
            }
        });
        Async.yieldNow(); // lets it begin
        task.cancel("shutting down");
        assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
        assertThat(seen).containsExactly("shutting down");
    }

    @Test
    void shield() {
        Task<String> save = Async.createTask(() -> load("saved"));
        Task<String> caller = Async.createTask(() -> Async.shield(save).await());
        Async.yieldNow();
        caller.cancel("not interested any more");
        assertThat(save.await()).isEqualTo("SAVED");
    }

    @Test
    void groups() {
        List<String> pages = Async.taskGroup(group -> {
            Task<String> a = group.createTask(() -> load("a"));
            Task<String> b = group.createTask(() -> load("b"));
            return List.of(a.await(), b.await());
        });
        assertThat(pages).containsExactly("A", "B");
    }

    @Test
    void groupFailures() {
        List<String> seen = new ArrayList<>();
        try {
            Async.taskGroup(group -> {
                group.createTask(() -> load("is cancelled"));
                group.createTask(() -> Files.readString(Path.of("no such file")));
            });
        } catch (ExceptionGroup failures) {
            failures.exceptions().forEach(failure -> seen.add(failure.getClass().getSimpleName()));
        }
        assertThat(seen).containsExactly("NoSuchFileException");
    }

    @Test
    void groupOptions() {
        TaskGroupOptions options = TaskGroupOptions.DEFAULT.withLimit(2).withSupervision((task, failure) -> {});
        Async.taskGroup(options, group -> {
            for (String name : List.of("a", "b", "c")) {
                group.createTask(name, () -> load(name)); // two at a time; one that fails ends no other
            }
        });
    }

    @Test
    void timeouts() throws TimeoutException {
        String page = Async.timeout(Duration.ofSeconds(5), () -> load("page"));

        assertThatThrownBy(() -> Async.timeout(Duration.ofSeconds(5), () -> load("much too long")))
                .isInstanceOf(TimeoutException.class);
        assertThat(page).isEqualTo("PAGE");
    }

    @Test
    void reschedule() throws TimeoutException {
        Async.timeout(Duration.ofSeconds(5), scope -> {
            for (int part = 0; part < 10; part++) {
                load("part");
                scope.reschedule(Duration.ofSeconds(5)); // five seconds for each part
            }
        });
    }

    @Test
    void context() {
        // private static final ContextVar<String> USER = ContextVar.of("user", "nobody");
        USER.set("ann");
        Task<String> task = Async.createTask(() -> {
            String inherited = USER.get();
            USER.set("bob"); // seen by this task and by what it starts
            return inherited;
        });
        assertThat(task.await()).isEqualTo("ann");
        assertThat(USER.get()).isEqualTo("ann");
    }

    @Test
    void locks() {
        LoopLock lock = new LoopLock();
        LoopSemaphore connections = new LoopSemaphore(10);
        LoopEvent ready = new LoopEvent();

        lock.hold(() -> load("one at a time"));
        connections.hold(() -> load("ten at a time"));
        Task<?> waits = Async.createTask(ready::await);
        ready.set();
        waits.await();
    }

    @Test
    void queues() {
        LoopQueue<String> queue = new LoopQueue<>(10);
        List<String> pages = new ArrayList<>();
        Async.taskGroup(group -> {
            group.createTask(() -> {
                for (String name : List.of("a", "b", "c")) {
                    queue.put(name); // waits while the queue is full
                }
                queue.shutdown();
            });
            for (String name : queue) { // until it is shut down and empty
                pages.add(load(name));
            }
        });
        assertThat(pages).containsExactly("A", "B", "C");
    }

    @Test
    void generators() {
        Generator<Integer> squares = Generator.of(out -> {
            for (int i = 1; i <= 3; i++) {
                Async.sleep(Duration.ofSeconds(1)); // in a task, it may wait
                out.yield(i * i);
            }
        });
        List<Integer> seen = new ArrayList<>();
        for (int square : squares) {
            seen.add(square);
        }
        assertThat(seen).containsExactly(1, 4, 9);
    }

    @Test
    void threads() throws IOException {
        String text = Async.toThread(() -> Files.readString(Path.of("pom.xml"))); // files do not park
        assertThat(text).contains("loomloop-examples");
    }

    @Test
    void fromOutside() throws Exception {
        try (EventLoop loop = EventLoop.start()) { // runs on a thread of its own
            Task<String> task = loop.createTask(() -> "from any thread");
            LoopFuture<String> future = loop.createFuture();
            loop.callSoon(() -> future.setResult("as well"));
            assertThat(task.get() + " " + future.get()).isEqualTo("from any thread as well");
        }
    }

    @Test
    void runner() {
        try (Runner runner = new Runner()) {
            String config = runner.run(() -> "config");
            runner.run(() -> assertThat(config).isEqualTo("config"));
        }
    }

    @Test
    void clock(VirtualTimeDriver clock) {
        Async.sleep(Duration.ofDays(365)); // takes no time
        assertThat(clock.elapsed()).isEqualTo(Duration.ofDays(365));
    }
}
