package io.loomloop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finds the public types of this module, and the folders of its sources. */
final class PublicTypes {
    private PublicTypes() {}

    /** The public types of the exported packages, nested ones included, in the order of their names. */
    static List<Class<?>> all() {
        Path classes = classes();
        try (Stream<Path> files = Files.walk(classes.resolve("io/loomloop"))) {
            return files.map(file -> classes.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .sorted()
                    .<Class<?>>map(PublicTypes::load)
                    .filter(PublicTypes::isPublic)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isPublic(Class<?> type) {
        for (Class<?> t = type; t != null; t = t.getEnclosingClass()) {
            if (!Modifier.isPublic(t.getModifiers())) {
                return false;
            }
        }
        return !type.isAnonymousClass() && !type.isLocalClass();
    }

    /** Where the class files of core are. */
    static Path classes() {
        return locationOf(EventLoop.class);
    }

    /** The folder of the test sources of this module. */
    static Path testSources() {
        String basedir = System.getProperty("basedir");
        Path module = basedir == null ? locationOf(PublicTypes.class).resolve("../..") : Path.of(basedir);
        return module.resolve("src/test/java").normalize();
    }

    private static Path locationOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
