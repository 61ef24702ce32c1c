package io.loomloop.traps;

import static io.loomloop.traps.Scenario.check;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Threads of a loop in the hands of the JDK. */
class ThreadFactoryTest {
    @Test
    @DisplayName("StructuredTaskScope with the loop's thread factory forks on the loop, opened in a task and outside")
    void structuredTaskScope() {
        ChildJvm.of(ForksOnTheLoop.class).jvmArguments("--enable-preview").run().succeeded();
    }

    static final class ForksOnTheLoop {
        public static void main(String[] args) throws Exception {
            try (EventLoop loop = EventLoop.start()) {
                fork(loop);
                loop.createTask(() -> fork(loop)).await();
            }
        }

        private static void fork(EventLoop loop) throws Exception {
            Class<?> type = Class.forName("java.util.concurrent.StructuredTaskScope");
            Callable<EventLoop> work = () -> {
                Async.sleep(Duration.ofMillis(1));
                return EventLoop.current();
            };
            try (AutoCloseable scope = open(type, loop.threadFactory("forked"))) {
                Supplier<?> one =
                        (Supplier<?>) type.getMethod("fork", Callable.class).invoke(scope, work);
                Supplier<?> two =
                        (Supplier<?>) type.getMethod("fork", Callable.class).invoke(scope, work);
                type.getMethod("join").invoke(scope);
                check(one.get() == loop && two.get() == loop, "both run on the loop");
            }
        }

        /** Its shape differs between JDK 21 and later ones. */
        private static AutoCloseable open(Class<?> type, ThreadFactory factory) throws Exception {
            for (Method method : type.getMethods()) {
                if (Modifier.isStatic(method.getModifiers())
                        && method.getName().equals("open")
                        && method.getParameterCount() == 2) {
                    Object joiner = Class.forName(type.getName() + "$Joiner")
                            .getMethod("awaitAllSuccessfulOrThrow")
                            .invoke(null);
                    UnaryOperator<Object> settings = configuration -> with(type, configuration, factory);
                    return (AutoCloseable) method.invoke(null, joiner, settings);
                }
            }
            return (AutoCloseable)
                    type.getConstructor(String.class, ThreadFactory.class).newInstance("scope", factory);
        }

        private static Object with(Class<?> type, Object configuration, ThreadFactory factory) {
            try {
                return Class.forName(type.getName() + "$Configuration")
                        .getMethod("withThreadFactory", ThreadFactory.class)
                        .invoke(configuration, factory);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("StructuredTaskScope has another shape", e);
            }
        }
    }
}
