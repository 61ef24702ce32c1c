package io.loomloop.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * Programs that are written twice, for asyncio and for loomloop, and print the same lines.
 *
 * <p>Beside each Python program lies the trace it prints. The Java twin has to print that as well; and where a {@code python3} is
 * found that is new enough, so has the Python program, or the trace is not asyncio's. A program that needs a newer Python than 3.11
 * says so in its first line.
 */
@Tag("slow")
@Timeout(60)
class DifferentialTest {
    private static final Pattern SINCE = Pattern.compile("# since 3\\.(\\d+): .+");
    private static final int OLDEST = 11;
    private static final String RUN_ALL = """
            import os, runpy, sys, traceback
            for path in sys.argv[1:]:
                print("== " + os.path.basename(path)[:-3])
                try:
                    runpy.run_path(path, run_name="__main__")
                except BaseException:
                    traceback.print_exc(file=sys.stdout)
            """;

    @TestFactory
    @DisplayName("a Java program prints what its Python twin does")
    Stream<DynamicTest> javaPrograms() {
        return Programs.all().entrySet().stream()
                .map(program -> DynamicTest.dynamicTest(
                        program.getKey(),
                        () -> assertThat(run(program.getValue())).isEqualTo(expected(program.getKey()))));
    }

    @TestFactory
    @DisplayName("a Python program prints its trace, where there is a python3 for it")
    Stream<DynamicTest> pythonPrograms() throws IOException, InterruptedException {
        int version = pythonVersion();
        List<String> programs = pythonPrograms(folder()).entrySet().stream()
                .filter(program -> since(program.getValue()) <= version)
                .map(Map.Entry::getKey)
                .toList();
        Map<String, List<String>> traces = pythonTraces(programs);
        return programs.stream()
                .map(program -> DynamicTest.dynamicTest(
                        program + " on Python 3." + version,
                        () -> assertThat(traces.get(program)).isEqualTo(expected(program))));
    }

    @Test
    @DisplayName("there are at least 25 pairs, and no program without its twin")
    void pairs() throws IOException {
        assertThat(Programs.all().keySet())
                .containsExactlyElementsOf(pythonPrograms(folder()).keySet())
                .hasSizeGreaterThanOrEqualTo(25);
    }

    private static List<String> run(Method program) throws Throwable {
        Trace trace = new Trace();
        try {
            program.invoke(null, trace);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        return trace.lines();
    }

    private static Map<String, Path> pythonPrograms(Path folder) throws IOException {
        Map<String, Path> programs = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> file.toString().endsWith(".py"))
                    .forEach(file -> programs.put(file.getFileName().toString().replace(".py", ""), file));
        }
        return programs;
    }

    private static List<String> expected(String program) throws IOException {
        return Files.readAllLines(folder().resolve(program + ".txt")).stream()
                .map(String::stripTrailing)
                .toList();
    }

    private static int since(Path program) {
        try (Stream<String> lines = Files.lines(program)) {
            Matcher since = SINCE.matcher(lines.findFirst().orElse(""));
            return since.matches() ? Integer.parseInt(since.group(1)) : OLDEST;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The minor version of the machine's Python 3, or -1 without one. */
    private static int pythonVersion() throws IOException, InterruptedException {
        try {
            return Integer.parseInt(
                    python("-c", "import sys; print(sys.version_info.minor)").get(0));
        } catch (IOException notInstalled) {
            return -1;
        }
    }

    /** Runs the programs one after the other in one process, because Python takes its time to start. */
    private static Map<String, List<String>> pythonTraces(List<String> programs)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("-c", RUN_ALL));
        for (String program : programs) {
            arguments.add(folder().resolve(program + ".py").toString());
        }
        Map<String, List<String>> traces = new TreeMap<>();
        List<String> trace = new ArrayList<>();
        for (String line : programs.isEmpty() ? List.<String>of() : python(arguments.toArray(String[]::new))) {
            if (line.startsWith("== ")) {
                trace = new ArrayList<>();
                traces.put(line.substring("== ".length()), trace);
            } else {
                trace.add(line);
            }
        }
        return traces;
    }

    private static List<String> python(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                Stream.concat(Stream.of("python3"), Stream.of(arguments)).toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (Stream<String> lines = process.inputReader().lines()) {
            List<String> printed = lines.map(String::stripTrailing).toList();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return printed;
        }
    }

    private static Path folder() {
        try {
            return Path.of(Objects.requireNonNull(DifferentialTest.class.getResource("/io/loomloop/asyncio"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
