package io.loomloop.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each piece of Java in the README and the guide is a piece of code that is compiled and run. */
class DocsTest {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/guide.md", "docs/io.md"})
    void examplesAreCompiled(String page) throws IOException {
        String compiled = stripped(Files.readString(Path.of("src/test/java/io/loomloop/examples/GuideTest.java")))
                + stripped(Files.readString(Path.of("src/test/java/io/loomloop/examples/IoGuideTest.java")))
                + stripped(Files.readString(Path.of("src/main/java/io/loomloop/examples/Quickstart.java")));
        assertThat(blocks(page))
                .hasSizeGreaterThan(5)
                .allSatisfy(block -> assertThat(compiled).contains(block));
    }

    @Test
    void examplesOfHazelcastAreCompiled() throws IOException {
        String compiled =
                stripped(Files.readString(Path.of("src/test/java/io/loomloop/examples/recipes/HazelcastTest.java")));
        assertThat(blocks("docs/drop-in.md").stream().filter(block -> block.contains("Square")))
                .hasSize(2)
                .allSatisfy(block -> assertThat(compiled).contains(block));
    }

    private static List<String> blocks(String page) throws IOException {
        return BLOCK.matcher(Files.readString(Path.of("..", page)))
                .results()
                .map(block -> stripped(block.group(1)))
                .toList();
    }

    /** Without indentation. */
    private static String stripped(String text) {
        return text.lines().map(line -> line.strip() + "\n").collect(Collectors.joining());
    }
}
