package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.coroutine.Coroutine;
import io.loomloop.coroutine.Generator;
import io.loomloop.coroutine.Yielder;
import io.loomloop.spi.LoopDriver;
import io.loomloop.spi.LoopService;
import io.loomloop.sync.LoopCondition;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import io.loomloop.testing.LoopExtension;
import io.loomloop.testing.VirtualTimeDriver;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.TypeVariable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Walks the public API and passes null for each reference parameter, one at a time. A parameter that is not {@code @Nullable}
 * refuses it with NullPointerException; a value of a type variable may be null, because results may.
 */
class NullArgumentsTest {
    /** Why a method does not refuse null. */
    private static final Map<String, String> EXCEPTIONS = Map.ofEntries(
            Map.entry("Split.equals(Object)", "null equals nothing"),
            Map.entry("InvalidStateException(String)", "a message, as of every Throwable"),
            Map.entry("LoopClosedException(String)", "a message, as of every Throwable"),
            Map.entry("PinnedException(String)", "a message, as of every Throwable"),
            Map.entry("ErrorContext.equals(Object)", "null equals nothing"),
            Map.entry("LoopStatistics.equals(Object)", "null equals nothing"),
            Map.entry("TaskFactory.createTask(EventLoop,TaskOptions,Body,Creator)", "implemented by users"),
            Map.entry("Statistics(int,Statistics)", "a record that we make"),
            Map.entry("Statistics.equals(Object)", "null equals nothing"),
            Map.entry("Returned.equals(Object)", "null equals nothing"),
            Map.entry("Yielded.equals(Object)", "null equals nothing"),
            Map.entry("Body.call(Yielder)", "implemented by users"),
            Map.entry("VoidBody.call(Yielder)", "implemented by users"),
            Map.entry("VoidBody.run(Yielder)", "implemented by users"),
            Map.entry("Task.trySetException(Throwable)", "not for tasks, whatever is given"),
            Map.entry("ReturnWhen.valueOf(String)", "made by the compiler"),
            Map.entry("WaitResult.equals(Object)", "null equals nothing"),
            Map.entry("ExceptionHandler.handle(EventLoop,ErrorContext)", "implemented by users"));

    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("every parameter that is not @Nullable refuses null with NullPointerException")
    void nullIsRefused() throws Exception {
        List<String> complaints = new ArrayList<>();
        List<String> checked = new ArrayList<>();
        loops.run(() -> {
            Samples samples = new Samples();
            for (Class<?> type : PublicTypes.all()) {
                List<Executable> members = new ArrayList<>();
                members.addAll(Arrays.asList(type.getDeclaredConstructors()));
                members.addAll(Arrays.asList(type.getDeclaredMethods()));
                for (Executable member : members) {
                    if (Modifier.isPublic(member.getModifiers()) && !member.isSynthetic()) {
                        check(samples, type, member, complaints, checked);
                    }
                }
            }
        });
        assertThat(complaints).isEmpty();
        assertThat(checked).hasSizeGreaterThan(40);
    }

    private static void check(
            Samples samples, Class<?> type, Executable member, List<String> complaints, List<String> checked)
            throws Exception {
        Parameter[] parameters = member.getParameters();
        for (int i = 0; i < parameters.length; i++) {
            boolean comesFromJUnit = parameters[i].getType().getName().startsWith("org.junit.");
            if (parameters[i].getType().isPrimitive() || mayBeNull(parameters[i]) || comesFromJUnit) {
                continue;
            }
            String name = nameOf(type, member);
            if (EXCEPTIONS.containsKey(name)) {
                continue;
            }
            Object[] arguments = new Object[parameters.length];
            for (int j = 0; j < arguments.length; j++) {
                arguments[j] = i == j || mayBeNull(parameters[j]) ? null : samples.of(parameters[j].getType());
            }
            String what = name + ", parameter " + i;
            checked.add(what);
            try {
                Object result = member instanceof Constructor<?> constructor
                        ? constructor.newInstance(arguments)
                        : ((Method) member)
                                .invoke(Modifier.isStatic(member.getModifiers()) ? null : samples.of(type), arguments);
                complaints.add(what + " takes null and returns " + result);
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof NullPointerException)) {
                    complaints.add(what + " throws " + e.getCause());
                }
            }
        }
    }

    private static boolean mayBeNull(Parameter parameter) {
        return parameter.getAnnotatedType().isAnnotationPresent(Nullable.class)
                || parameter.getParameterizedType() instanceof TypeVariable<?>;
    }

    private static String nameOf(Class<?> type, Executable member) {
        StringBuilder name = new StringBuilder(type.getSimpleName());
        if (member instanceof Method) {
            name.append('.').append(member.getName());
        }
        List<String> types = Arrays.stream(member.getParameterTypes())
                .map(Class::getSimpleName)
                .toList();
        return name.append('(').append(String.join(",", types)).append(')').toString();
    }

    @Test
    @DisplayName("the list of exceptions names nothing that does not exist")
    void exceptionsExist() {
        Set<String> names = new HashSet<>();
        for (Class<?> type : PublicTypes.all()) {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                names.add(nameOf(type, constructor));
            }
            for (Method method : type.getDeclaredMethods()) {
                names.add(nameOf(type, method));
            }
        }
        assertThat(names).containsAll(EXCEPTIONS.keySet());
    }

    /** Good arguments and receivers. */
    @SuppressWarnings("FutureReturnValueIgnored") // a sample is a sample
    private static final class Samples {
        private final TaskGroup group = Async.taskGroup(made -> {
            return made;
        });
        private final EventLoop loop = EventLoop.current();
        private final LoopGroup closedLoops = LoopGroup.start(1);

        Object of(Class<?> type) {
            if (type == EventLoop.class) {
                return loop;
            } else if (type == EventLoop.Builder.class) {
                return EventLoop.builder();
            } else if (type == LoopGroup.class) {
                closedLoops.close();
                return closedLoops;
            } else if (type == LoopStatistics.class) {
                return loop.statistics();
            } else if (type == LoopFuture.class) {
                return loop.createFuture();
            } else if (type == Runner.class) {
                return new Runner();
            } else if (type == CallGraph.class) {
                return CallGraph.capture(loop.createFuture());
            } else if (type == Task.class) {
                return Async.currentTask();
            } else if (type == String.class) {
                return "text";
            } else if (type == Duration.class) {
                return Duration.ZERO;
            } else if (type == Runnable.class) {
                return (Runnable) () -> {};
            } else if (type == Body.class) {
                return (Body<String, RuntimeException>) () -> "";
            } else if (type == VoidBody.class) {
                return (VoidBody<RuntimeException>) () -> {};
            } else if (type == ScopeBody.class) {
                return (ScopeBody<Object, String, RuntimeException>) scope -> "";
            } else if (type == VoidScopeBody.class) {
                return (VoidScopeBody<Object, RuntimeException>) scope -> {};
            } else if (type == TaskGroup.class) {
                return group;
            } else if (type == TaskGroupOptions.class) {
                return TaskGroupOptions.DEFAULT;
            } else if (type == ExceptionGroup.class) {
                return new ExceptionGroup("a sample", List.of(new IllegalArgumentException()));
            } else if (type == Predicate.class) {
                return (Predicate<Object>) o -> true;
            } else if (type == Executor.class) {
                return (Executor) Runnable::run;
            } else if (type == Context.class) {
                return Context.empty();
            } else if (type == ContextVar.class) {
                return ContextVar.of("sample");
            } else if (type == ContextVar.Token.class) {
                return ContextVar.of("sample").set("");
            } else if (type == TaskOptions.class) {
                return TaskOptions.DEFAULT;
            } else if (type == TaskFactory.class) {
                return TaskFactory.DEFAULT;
            } else if (type == TaskFactory.Creator.class) {
                return (TaskFactory.Creator) loop::createTask;
            } else if (type == ErrorContext.class) {
                return new ErrorContext("a sample", null);
            } else if (type == Class.class) {
                return Sample.class;
            } else if (type == Function.class) {
                return (Function<EventLoop, LoopService>) l -> new Sample();
            } else if (type == Consumer.class) {
                return (Consumer<Object>) o -> {};
            } else if (type == Throwable.class) {
                return new IllegalArgumentException("a sample");
            } else if (type == Flow.Publisher.class) {
                return (Flow.Publisher<Object>) subscriber -> {};
            } else if (type == TimeUnit.class) {
                return TimeUnit.SECONDS;
            } else if (type == LoopDriver.class || type == VirtualTimeDriver.class) {
                return VirtualTimeDriver.jumping();
            } else if (type == LoopExtension.class) {
                return new LoopExtension();
            } else if (type == UnaryOperator.class) {
                return UnaryOperator.identity();
            } else if (type == ExceptionHandler.class) {
                return (ExceptionHandler) (l, context) -> {};
            } else if (type == CompletionStage.class || type == CompletableFuture.class || type == Future.class) {
                return CompletableFuture.completedFuture("");
            } else if (type == Collection.class || type == List.class) {
                return List.of(loop.createFuture());
            } else if (type == LoopFuture[].class) {
                return new LoopFuture<?>[] {loop.createFuture()};
            } else if (type == Body[].class) {
                return new Body<?, ?>[] {() -> ""};
            } else if (type == VoidBody[].class) {
                return new VoidBody<?>[] {() -> {}};
            } else if (type == ReturnWhen.class) {
                return ReturnWhen.ALL_COMPLETED;
            } else if (type == LoopCondition.class) {
                return new LoopCondition();
            } else if (type == LoopLock.class) {
                return new LoopLock();
            } else if (type == LoopSemaphore.class) {
                return new LoopSemaphore(1);
            } else if (type == LoopQueue.class) {
                return new LoopQueue<>();
            } else if (type == Comparator.class) {
                return Comparator.naturalOrder();
            } else if (type == BooleanSupplier.class) {
                return (BooleanSupplier) () -> true;
            } else if (type == Generator.class) {
                return Generator.of(out -> out.yield(1));
            } else if (type == Coroutine.class) {
                return Coroutine.of(out -> out.yield(1));
            } else if (type == Coroutine.Body.class) {
                return (Coroutine.Body<Object, Object, Object>) out -> 1;
            } else if (type == Coroutine.VoidBody.class) {
                return (Coroutine.VoidBody<Object, Object>) out -> {};
            } else if (type == Yielder.class) {
                return yielder();
            } else if (type == Iterable.class) {
                return List.of();
            } else if (type == long.class) {
                return 1L;
            } else if (type == int.class) {
                return 1;
            } else if (type == boolean.class) {
                return true;
            } else if (type == Object.class) {
                return "";
            }
            throw new AssertionError("a sample is missing for " + type);
        }

        private static Yielder<Object, Object> yielder() {
            List<Yielder<Object, Object>> yielders = new ArrayList<>();
            Generator<Object> generator = Generator.of(yielders::add);
            assertThat(generator.hasNext()).isFalse();
            return yielders.get(0);
        }
    }

    private static final class Sample implements LoopService {
        @Override
        public void close() {}
    }
}
