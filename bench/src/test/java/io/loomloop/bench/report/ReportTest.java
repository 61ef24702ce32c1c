package io.loomloop.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final String JSON = """
            [
              %s,
              %s,
              %s
            ]
            """.formatted(
                    result("SwitchBenchmark.swap", "\"tasks\": \"2\"", "[10.0, 20.0], [900.0, 900.0], [30.0, 30.0]"),
                    result("SwitchBenchmark.swapJdk", "\"tasks\": \"2\"", "[60.0], [60.0], [61.0]"),
                    result("SkynetBenchmark.skynet", "", "[1234.5]"));

    private static String result(String name, String params, String raw) {
        return """
            {"jmhVersion": "1.37", "benchmark": "io.loomloop.bench.%s", "mode": "avgt", "threads": 1, "forks": 3,
             "jvm": "java", "jdkVersion": "25.0.3", "vmName": "VM", "warmupIterations": 5, %s
             "primaryMetric": {"score": 1.0, "scoreError": "NaN", "scoreUnit": "ns/op", "rawData": [%s]},
             "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 24.0, "scoreUnit": "B/op", "rawData": [[24.0]]},
                                  "gc.count": {"score": 0, "scoreUnit": "counts", "rawData": [[0]]}}}""".formatted(name, params.isEmpty() ? "" : "\"params\": {" + params + "},", raw);
    }

    private final List<Result> results = Result.read(JSON);

    @Test
    @DisplayName("a figure is the median of the forks' means, whatever one fork does")
    void medianOfForks() {
        assertThat(results.get(0).time()).isEqualTo(30);
    }

    @Test
    @DisplayName("the median of an even number of forks is between the two in the middle")
    void medianOfTwo() {
        assertThat(new Result.Metric("ns/op", List.of(List.of(4.0), List.of(1.0))).median())
                .isEqualTo(2.5);
    }

    @Test
    @DisplayName("a method's name tells the work and the peer")
    void peers() {
        assertThat(Peer.of("pingPongKotlinx")).isEqualTo(Peer.KOTLINX);
        assertThat(Peer.KOTLINX.work("pingPongKotlinx")).isEqualTo("pingPong");
        assertThat(Peer.of("pingPong")).isEqualTo(Peer.LOOMLOOP);
        assertThat(Peer.LOOMLOOP.work("pingPong")).isEqualTo("pingPong");
    }

    @Test
    @DisplayName("peers stand in a row beside each other, with bytes and our time by theirs")
    void table() {
        Table table = Table.of(results).iterator().next();
        assertThat(table.markdown()).isEqualTo("""
                        | ns/op | loomloop | JDK | ratio |
                        |---|---|---|---|
                        | swap, tasks 2 | 30.0, 24.0 B | 60.0, 24.0 B | 0.50 |
                        """);
        assertThat(table.ratios())
                .singleElement()
                .satisfies(ratio -> assertThat(ratio.value()).isEqualTo(0.5, within(1e-9)));
    }

    @Test
    @DisplayName("a work without peers and without parameters is a table of one column")
    void alone() {
        Table table = List.copyOf(Table.of(results)).get(1);
        assertThat(table.markdown()).isEqualTo("| ns/op | loomloop |\n|---|---|\n| skynet | 1,235, 24.0 B |\n");
        assertThat(table.ratios()).isEmpty();
    }

    @Test
    @DisplayName("the chart is well-formed, and a bar that is too long ends at 2")
    void chart() throws Exception {
        String svg = Chart.svg("Switch", List.of(new Table.Ratio("swap", Peer.JDK, 7)));
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
                        .getElementsByTagName("rect")
                        .getLength())
                .isEqualTo(2);
        assertThat(svg).contains("width=\"400.0\"").contains(">7.00<");
    }

    @Test
    @DisplayName("the heading states JDK, cores, date and command")
    void heading() {
        assertThat(Report.heading(results.get(0), LocalDate.of(2026, 11, 23), "-f 3"))
                .contains("benchmarks.jar -f 3`", "VM 25.0.3", "cores", "2026-11-23", "3 forks");
    }

    @Test
    @DisplayName("what the document says around the results stays, and a second report replaces the first")
    void document(@TempDir Path folder) throws Exception {
        Path json = Files.writeString(folder.resolve("results.json"), JSON);
        Path document = Files.writeString(folder.resolve("b.md"), "before\n" + Report.BEGIN + Report.END + "after\n");
        Report.main(new String[] {json.toString(), document.toString(), "-f", "3"});
        String once = Files.readString(document);
        Report.main(new String[] {json.toString(), document.toString(), "-f", "3"});
        assertThat(Files.readString(document))
                .isEqualTo(once)
                .startsWith("before\n" + Report.BEGIN)
                .endsWith(Report.END + "after\n")
                .contains("### SwitchBenchmark", "![SwitchBenchmark](charts/SwitchBenchmark.svg)");
        assertThat(folder.resolve("charts")).isDirectoryContaining("glob:**/SwitchBenchmark.svg");
    }

    @Test
    @DisplayName("a document without the comments, or results without benchmarks, are refused with a sentence")
    void refused(@TempDir Path folder) throws Exception {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Report.replace("text", "results"))
                .withMessageContaining("lacks the lines");
        Path empty = Files.writeString(folder.resolve("results.json"), "[]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Report.main(new String[] {empty.toString(), "b.md"}))
                .withMessageContaining("no results");
    }
}
