package io.loomloop.differential;

import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.VoidBody;
import io.loomloop.testing.VirtualTimeDriver;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The Java programs by the names of their Python twins, and what they run on: virtual time. */
final class Programs {
    private static final Class<?>[] HOLDERS = {
        LoopPrograms.class,
        CancelPrograms.class,
        CombinatorPrograms.class,
        GroupPrograms.class,
        SyncPrograms.class,
        ContextPrograms.class
    };

    private Programs() {}

    static Map<String, Method> all() {
        Map<String, Method> programs = new TreeMap<>();
        for (Class<?> holder : HOLDERS) {
            for (Method method : holder.getDeclaredMethods()) {
                Class<?>[] parameters = method.getParameterTypes();
                if (parameters.length == 1
                        && parameters[0] == Trace.class
                        && !Modifier.isPrivate(method.getModifiers())) {
                    programs.put(pythonName(method.getName()), method);
                }
            }
        }
        return programs;
    }

    private static String pythonName(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    static EventLoop open() {
        return EventLoop.builder().driver(VirtualTimeDriver.jumping()).open();
    }

    static <T> T run(Body<T, RuntimeException> main) {
        return EventLoop.builder().driver(VirtualTimeDriver.jumping()).run(main);
    }

    static void run(VoidBody<RuntimeException> main) {
        EventLoop.builder().driver(VirtualTimeDriver.jumping()).run(main);
    }

    /** For programs with checked exceptions. */
    static void runAny(VoidBody<Exception> main) throws Exception {
        EventLoop.builder().driver(VirtualTimeDriver.jumping()).run(main);
    }

    static void runInRealTime(VoidBody<RuntimeException> main) {
        EventLoop.run(main);
    }
}
