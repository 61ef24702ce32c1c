package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The tests about the tests: which rules they cover, and that they keep to the house rules. */
class RowCoverageTest {
    private static final int LAST_ROW = 62;
    private static final Pattern ROWS = Pattern.compile("@DisplayName\\(\\s*\"rows? (\\d+)(?: and (\\d+))?:");

    @Test
    @DisplayName("each row of the reference that is not I/O has a test, or a reason for having none, and not both")
    void everyRowIsCovered() {
        Set<Integer> covered = new TreeSet<>();
        for (Path source : sources()) {
            Matcher matcher = ROWS.matcher(read(source));
            while (matcher.find()) {
                covered.add(Integer.valueOf(matcher.group(1)));
                if (matcher.group(2) != null) {
                    covered.add(Integer.valueOf(matcher.group(2)));
                }
            }
        }
        Set<Integer> exempted = RowsNotForJava.ALL.stream()
                .filter(RowsNotForJava.Exemption::whole)
                .map(RowsNotForJava.Exemption::row)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(covered).doesNotContainAnyElementsOf(exempted);
        Set<Integer> all = new TreeSet<>(covered);
        all.addAll(exempted);
        assertThat(all)
                .containsAll(IntStream.rangeClosed(1, LAST_ROW).boxed().toList())
                .contains(78, 79, 80, 82);
    }

    @Test
    @DisplayName("no test is disabled or assumed away, and each Thread.sleep has its reason beside it")
    void houseRules() {
        List<String> complaints = new ArrayList<>();
        for (Path source : sources()) {
            String name = source.getFileName().toString();
            if (name.equals("RowCoverageTest.java")) {
                continue;
            }
            List<String> lines = read(source).lines().toList();
            if (lines.size() > 500) {
                complaints.add(name + " has more than 500 lines");
            }
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                boolean sleeps = line.contains("Thread.sleep(") && !line.contains("// reason:");
                if (sleeps
                        || line.contains("@Disabled")
                        || line.contains("assumeTrue(")
                        || line.contains("assumeThat(")) {
                    complaints.add(name + ":" + (i + 1) + " " + line.strip());
                }
            }
        }
        assertThat(complaints).isEmpty();
    }

    private static List<Path> sources() {
        try (Stream<Path> files = Files.walk(PublicTypes.testSources())) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("the rows that are covered beyond 31 have tests: locks and queues")
    void laterRowsAreCovered() {
        String tests = sources().stream().map(RowCoverageTest::read).collect(Collectors.joining());
        for (String row : List.of("60", "61", "62", "Q1", "Q2")) {
            assertThat(Pattern.compile("@DisplayName\\(\\s*\"row " + row + ":")
                            .matcher(tests)
                            .results()
                            .count())
                    .as("tests of row %s", row)
                    .isGreaterThan(3);
        }
    }

    private static String read(Path source) {
        try {
            return Files.readString(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
