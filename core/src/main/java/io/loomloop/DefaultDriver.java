package io.loomloop;

import io.loomloop.spi.LoopDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;

/**
 * The driver of a loop that was given none: the one that {@code -Dloomloop.io} names. Drivers are found as services, so that core
 * need not know who brings them; {@code selector} is the one whose class is called {@code SelectorDriver}.
 */
final class DefaultDriver {
    static final String PROPERTY = "loomloop.io";
    static final String SELECTOR_THREAD = "selector-thread";

    private DefaultDriver() {}

    static LoopDriver make() {
        return make(System.getProperty(PROPERTY, SELECTOR_THREAD));
    }

    static LoopDriver make(String name) {
        if (name.equals(SELECTOR_THREAD)) {
            return LoopDriver.parking();
        }
        List<String> known = new ArrayList<>(List.of(SELECTOR_THREAD));
        for (ServiceLoader.Provider<LoopDriver> provider :
                ServiceLoader.load(LoopDriver.class, LoopDriver.class.getClassLoader()).stream()
                        .toList()) {
            String found = nameOf(provider.type());
            if (found.equals(name)) {
                return provider.get();
            }
            known.add(found);
        }
        throw new IllegalStateException("-D" + PROPERTY + "=" + name + " names no driver; there are " + known
                + ", and loomloop-nio on the class path or module path brings more");
    }

    private static String nameOf(Class<?> driver) {
        return driver.getSimpleName().replaceFirst("Driver$", "").toLowerCase(Locale.ROOT);
    }
}
