package io.loomloop.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    Path folder;

    private Path run;
    private Path results;
    private Path document;

    @BeforeEach
    void setUp() throws IOException {
        run = Files.createDirectory(folder.resolve("run"));
        results = folder.resolve("results");
        document = Files.writeString(folder.resolve("b.md"), "before\n" + Report.BEGIN + Report.END + "after\n");
    }

    private String report() throws IOException {
        Report.main(new String[] {"keep", run.toString(), results.toString(), "bench/run.sh all"});
        Report.main(new String[] {"write", results.toString(), document.toString()});
        return Files.readString(document);
    }

    @Test
    @DisplayName(
            "what JMH, the peers outside and the others have measured is kept, and stands in the document with the circumstances")
    void whole() throws IOException {
        Files.writeString(
                run.resolve("jmh-1.json"),
                ResultTest.json(ResultTest.result("AwaitBenchmark.pingPong", "", "[100.0]")));
        Files.writeString(
                run.resolve("jmh-2.json"),
                ResultTest.json(ResultTest.result("AwaitBenchmark.pingPong", "", "[300.0]")));
        Files.writeString(run.resolve("peers.tsv"), "asyncio\tPython 3.11\tpingPong\t4000\n");
        Files.writeString(
                run.resolve("figures.tsv"),
                "Latency\tsubmit\tloomloop\tp50\t900\nLatency\tsubmit\tloomloop\tp99\t5000\n");
        assertThat(report())
                .startsWith("before\n" + Report.BEGIN)
                .endsWith(Report.END + "after\n")
                .contains("### Targets", "### AwaitBenchmark", "### Latency")
                .contains(
                        "| pingPong | 200 ns | 4,000 ns (20x) |",
                        "asyncio (Python 3.11)",
                        "| submit | loomloop | 900 ns | 5,000 ns |")
                .contains(System.getProperty("java.version"), " cores: `bench/run.sh all`")
                .contains(
                        "![AwaitBenchmark-outside](charts/AwaitBenchmark-outside.svg)",
                        "![Latency](charts/Latency.svg)");
        assertThat(folder.resolve("charts")).isDirectoryContaining("glob:**/Latency.svg");
    }

    @Test
    @DisplayName("the document can be written again from what is kept, and is the same")
    void again() throws IOException {
        Files.writeString(run.resolve("peers.tsv"), "Go\tgo1.19\tskynet\t5\n");
        String once = report();
        Report.main(new String[] {"write", results.toString(), document.toString()});
        assertThat(Files.readString(document)).isEqualTo(once);
        try (Stream<Path> kept = Files.list(results)) {
            assertThat(kept).singleElement().satisfies(file -> {
                Run read = Run.parse(Files.readAllLines(file));
                assertThat(read.lines()).isEqualTo(Files.readAllLines(file));
                assertThat(read.titled("Go")).isEqualTo("Go (go1.19)");
            });
        }
    }

    @Test
    @DisplayName(
            "a document without the comments, a run without results, and an unknown command are refused with a sentence")
    void refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Report.replace("text", "results"))
                .withMessageContaining("lacks the lines");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Report.main(new String[] {"keep", run.toString(), results.toString(), "x"}))
                .withMessageContaining("no results");
        assertThat(results).doesNotExist();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Report.main(new String[] {"keep"}))
                .withMessageContaining("write RESULTS DOCUMENT");
        assertThat(List.of("too", "short"))
                .satisfies(parts -> assertThatIllegalArgumentException()
                        .isThrownBy(() -> Figure.parse(String.join("\t", parts)))
                        .withMessageContaining("too\tshort"));
    }
}
