package io.loomloop.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the README to what it says. */
class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path QUICKSTART = Path.of("src/main/java/io/loomloop/examples/Quickstart.java");

    @Test
    void theExampleOfTheReadmeIsTheOneThatIsCompiled() throws IOException {
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertThat(block.find()).isTrue();
        String source = Files.readString(QUICKSTART);
        assertThat(block.group(1)).isEqualTo(source.substring(source.indexOf("public final class")));
    }

    @Test
    void theExampleDoesWhatItSays() throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Quickstart.main(new String[0]);
        } finally {
            System.setOut(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("HELLO\n");
    }

    @Test
    void runItAndTestItAreOneCommandEach() throws IOException {
        String readme = Files.readString(README);
        for (String heading : List.of("Run it", "Test it")) {
            Matcher section = Pattern.compile("\n## " + heading + "\n(.*?)\n## ", Pattern.DOTALL)
                    .matcher(readme);
            assertThat(section.find()).as(heading).isTrue();
            assertThat(section.group(1))
                    .as(heading)
                    .containsOnlyOnce("```sh\nmvn ")
                    .containsPattern("```sh\nmvn [^\n]*\n```");
        }
    }
}
