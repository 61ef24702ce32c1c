package io.loomloop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;

/**
 * Runs the stress tests and their broken twins: each test must pass, and each twin must fail, or the test would not notice.
 *
 * <p>It counts what was produced, because jcstress says that all is well when it could run nothing. Arguments go to jcstress, in
 * place of those that keep the run short.
 */
public final class StressCheck {
    private static final String TWIN = "Broken";
    /** Fewer samples than this say nothing. */
    private static final long FEWEST = 1_000;

    private static final String OPENS = "--add-opens=java.base/java.lang=ALL-UNNAMED";

    private StressCheck() {}

    /** Exits with 1 unless every test passes and every twin fails. */
    public static void main(String[] args) throws Exception {
        System.exit(run(args).isEmpty() ? 0 : 1);
    }

    /** What is wrong; nothing when every test passes and every twin fails. */
    static List<String> run(String... args) throws Exception {
        Path folder = Files.createDirectories(Path.of("target", "jcstress"));
        List<String> line = new ArrayList<>(List.of("-r", folder.toString()));
        if (!List.of(args).contains("-t")) {
            line.addAll(List.of("-t", "io[.]loomloop[.]"));
        }
        if (args.length == 0) {
            line.addAll(List.of("-c", "2", "-f", "1", "-fsm", "1", "-iters", "1", "-time", "200", "-sc", "false"));
            // Each test is first run in growing numbers up to what a round makes; with large rounds that takes longer
            // than the test, and so does touching the heap beforehand.
            line.addAll(List.of("-strideSize", "32", "-strideCount", "4"));
            line.addAll(List.of("-pth", "false"));
            // One JVM mode instead of four, and the one that reorders most.
            line.addAll(List.of("-jvmArgs", OPENS + " -XX:-TieredCompilation"));
        } else {
            line.addAll(List.of("-jvmArgsPrepend", OPENS));
            line.addAll(List.of(args));
        }
        Options options = new Options(line.toArray(String[]::new));
        if (!options.parse()) {
            return List.of("jcstress does not understand its arguments");
        }
        JCStress stress = new JCStress(options);
        try {
            stress.run();
        } catch (AssertionError e) {
            // Some test has failed, and the twins are to; which of them, say the results.
        }

        InProcessCollector results = new InProcessCollector();
        DiskReadCollector file = new DiskReadCollector(options.getResultFile(), results);
        file.dump();
        file.close();
        Files.deleteIfExists(Path.of(options.getResultFile()));
        return judge(stress.getTests(), results.getTestResults());
    }

    private static List<String> judge(Collection<String> tests, Collection<TestResult> results) {
        Map<String, List<TestResult>> byTest =
                results.stream().collect(Collectors.groupingBy(TestResult::getName, TreeMap::new, Collectors.toList()));
        Set<String> passed = new TreeSet<>();
        Set<String> withTwin = new TreeSet<>();
        List<String> wrong = new ArrayList<>();
        for (String test : tests) {
            List<TestResult> own = byTest.getOrDefault(test, List.of());
            long samples = own.stream().mapToLong(TestResult::getTotalCount).sum();
            boolean allPass = own.stream().allMatch(result -> result.grading().isPassed);
            boolean twin = test.endsWith(TWIN);
            if (own.stream().anyMatch(result -> result.status() != Status.NORMAL)) {
                wrong.add(test + " did not come to its end"); // which is no forbidden outcome, of a twin either
            } else if (samples < FEWEST) {
                wrong.add(test + " produced " + samples + " samples");
            } else if (allPass == twin) {
                wrong.add(test + (twin ? " passes although it is broken" : " fails"));
            } else if (twin) {
                withTwin.add(enclosing(test));
            } else {
                passed.add(test);
            }
        }
        int caught = withTwin.size();
        int all = passed.size();
        passed.stream()
                .filter(test -> !withTwin.contains(test))
                .forEach(test -> wrong.add(test + " has no twin that fails"));
        if (all == 0) {
            wrong.add("no test has passed");
        }
        wrong.forEach(System.out::println);
        System.out.println("stress tests: " + all + " passed, " + caught + " broken twins failed as they must, "
                + wrong.size() + " wrong");
        return wrong;
    }

    private static String enclosing(String twin) {
        return twin.substring(0, Math.max(twin.lastIndexOf('.'), twin.lastIndexOf('$')));
    }
}
