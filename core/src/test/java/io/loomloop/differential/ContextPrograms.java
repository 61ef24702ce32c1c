package io.loomloop.differential;

import io.loomloop.Async;
import io.loomloop.Context;
import io.loomloop.ContextVar;
import io.loomloop.EventLoop;
import io.loomloop.Runner;
import io.loomloop.Task;
import io.loomloop.TaskFactory;
import io.loomloop.TaskOptions;
import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.List;

/** The twins of the Python programs on contexts, eager tasks and runners. */
final class ContextPrograms {
    private static final ContextVar<String> VARIABLE = ContextVar.of("variable", "unset");
    private static final ContextVar<Integer> COUNT = ContextVar.of("count", 0);

    private ContextPrograms() {}

    static void contextIsCopied(Trace out) {
        Programs.run(() -> {
            VARIABLE.set("main");
            Task<?> a = Async.createTask(() -> child(out, "a"));
            EventLoop.current().callSoon(() -> out.print("callback sees", VARIABLE.get()));
            VARIABLE.set("changed");
            Context shared = Context.copyOfCurrent();
            Task<?> b = Async.createTask(TaskOptions.DEFAULT.withContext(shared), () -> child(out, "b"));
            Async.waitAll(List.of(a, b));
            out.print("main keeps", VARIABLE.get(), "| shared", shared.get(VARIABLE));
            ContextVar.Token<String> token = VARIABLE.set("for now");
            VARIABLE.reset(token);
            out.print(VARIABLE.get());
            Async.toThread(() -> out.print("thread sees", VARIABLE.get()));
        });
    }

    private static void child(Trace out, String name) {
        out.print(name, "sees", VARIABLE.get());
        VARIABLE.set(name);
        Async.yieldNow();
        out.print(name, "keeps", VARIABLE.get());
    }

    static void eagerTasks(Trace out) {
        Programs.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.setTaskFactory(TaskFactory.EAGER);
            loop.callSoon(() -> out.print("callback"));
            Task<String> a = Async.createTask(() -> steps(out, "a", 0));
            out.print("created", a.isDone(), a.result());
            Task<String> b = Async.createTask(() -> steps(out, "b", 1));
            out.print("created", b.isDone());
            out.print(b.await());
        });
    }

    private static String steps(Trace out, String name, int steps) {
        out.print(name, "begins");
        for (int i = 0; i < steps; i++) {
            Async.yieldNow();
            out.print(name, "goes on");
        }
        return name;
    }

    private record Seen(EventLoop loop, int count) {}

    static void runnerKeepsItsLoop(Trace out) {
        Runner runner = new Runner(EventLoop.builder().driver(VirtualTimeDriver.jumping()));
        Seen one;
        try (runner) {
            one = runner.run(ContextPrograms::count);
            Seen two = runner.run(ContextPrograms::count);
            out.print(one.loop == two.loop, one.count, two.count, one.loop == runner.loop());
            runner.loop().callLater(Duration.ofSeconds(1), () -> out.print("never"));
        }
        out.print(one.loop.isClosed());
        try {
            runner.loop();
        } catch (IllegalStateException e) {
            out.print("the runner is closed");
        }
    }

    private static Seen count() {
        COUNT.set(COUNT.get() + 1);
        return new Seen(EventLoop.current(), COUNT.get());
    }
}
