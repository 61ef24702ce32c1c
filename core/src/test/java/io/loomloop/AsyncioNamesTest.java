package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The table of names in {@code docs/asyncio.md} names what is there. */
class AsyncioNamesTest {
    private static final Path ROOT =
            PublicTypes.testSources().resolve("../../../..").normalize();
    private static final Pattern ROW = Pattern.compile("^\\|([^|]+)\\|([^|]*)\\|([^|]*)\\|$", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w+(?:\\.\\w+)*)`");

    @Test
    @DisplayName("each name of ours in the table of asyncio's names exists, and what has none says why")
    void names() throws IOException {
        Map<String, String> sources = sources();
        String page = Files.readString(ROOT.resolve("docs/asyncio.md"));
        List<String> complaints = new ArrayList<>();
        int names = 0;
        Matcher rows = ROW.matcher(page.substring(page.indexOf("## Every name of asyncio")));
        while (rows.find()) {
            if (rows.group(1).isBlank()
                    || rows.group(1).strip().equals("asyncio")
                    || rows.group(1).startsWith("---")) {
                continue;
            }
            if (rows.group(2).isBlank() && !rows.group(3).strip().matches("(not for Java: .+|I/O.*)")) {
                complaints.add("no name and no reason: " + rows.group());
            }
            Matcher ours = NAME.matcher(rows.group(2));
            while (ours.find()) {
                names++;
                if (!exists(sources, ours.group(1).split("\\."))) {
                    complaints.add("there is no " + ours.group(1));
                }
            }
        }
        assertThat(complaints).isEmpty();
        assertThat(names).isGreaterThan(100);
    }

    @Test
    @DisplayName("each name of asyncio 3.15 is in the table")
    void asyncioNames() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/asyncio.md"));
        List<String> listed = ROW.matcher(page.substring(page.indexOf("## Every name of asyncio")))
                .results()
                .flatMap(row -> Pattern.compile("\\w+").matcher(row.group(1)).results())
                .map(MatchResult::group)
                .toList();
        List<String> names = Files.readAllLines(ROOT.resolve("core/src/test/resources/io/loomloop/asyncio-names.txt"));
        assertThat(names).hasSizeGreaterThan(200).isSubsetOf(listed);
    }

    private static boolean exists(Map<String, String> sources, String[] name) {
        String source = sources.get(name[0]);
        for (int i = 1; source != null && i < name.length; i++) {
            if (!Pattern.compile("\\b" + name[i] + "\\b\\s*[({=;]|class " + name[i] + "\\b")
                    .matcher(source)
                    .find()) {
                return false;
            }
        }
        return source != null;
    }

    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : List.of("core", "nio")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return sources;
    }
}
