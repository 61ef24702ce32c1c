package io.loomloop.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ResultTest {
    static String json(String... results) {
        return "[" + String.join(",", results) + "]";
    }

    /** As JMH writes it: words where a number is missing, and more than is read. */
    static String result(String name, String params, String raw) {
        return """
            {"jmhVersion": "1.37", "benchmark": "io.loomloop.bench.%s", "mode": "avgt", "threads": 1, "forks": 3,
             "jvm": "java", "jdkVersion": "25.0.3", "vmName": "VM", "warmupIterations": 5, %s
             "primaryMetric": {"score": 1.0, "scoreError": "NaN", "scoreUnit": "ns/op", "rawData": [%s]},
             "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 24.0, "scoreUnit": "B/op", "rawData": [[24.0]]},
                                  "gc.count": {"score": 0, "scoreUnit": "counts", "rawData": [[0]]}}}""".formatted(name, params.isEmpty() ? "" : "\"params\": {" + params + "},", raw);
    }

    @Test
    @DisplayName(
            "a figure is the median of the forks' means, whatever one fork does; the parameters are in the order of their names")
    void figures() {
        String json = json(result(
                "SwitchBenchmark.swapJdk",
                "\"tasks\": \"2\", \"depth\": \"1\"",
                "[10.0, 20.0], [900.0, 900.0], [30.0, 30.0]"));
        assertThat(Result.read(json).get(0).figures())
                .containsExactly(
                        new Figure("SwitchBenchmark", "swap, depth 1, tasks 2", "JDK", "ns", 30),
                        new Figure("SwitchBenchmark", "swap, depth 1, tasks 2", "JDK", "B", 24));
    }

    @Test
    @DisplayName(
            "the median of an even number of forks is between the two in the middle, and milliseconds become nanoseconds")
    void medianOfTwo() {
        Result.Metric metric = new Result.Metric("ms/op", List.of(List.of(4.0), List.of(1.0)));
        assertThat(metric.median()).isEqualTo(2.5);
        assertThat(metric.nanos()).isEqualTo(2_500_000);
    }

    @Test
    @DisplayName("rounds of the same benchmark with the same parameters are one, others are not")
    void rounds() {
        String two = "\"tasks\": \"2\"";
        String ten = "\"tasks\": \"10\"";
        List<Result> rounds = new ArrayList<>();
        for (String raw : List.of("[10.0]", "[900.0]", "[30.0]")) {
            String ofTwo = result("A.swap", two, raw).replace("[[24.0]]", "[" + raw + "]"); // as many bytes
            rounds.addAll(Result.read(json(ofTwo, result("A.swap", ten, raw))));
        }
        rounds.addAll(Result.read(json(result("A.other", "", "[7.0]"), result("A.other", "", "[9.0]"))));
        assertThat(Result.merge(rounds).stream().flatMap(result -> result.figures().stream()))
                .containsExactly(
                        new Figure("A", "swap, tasks 2", "loomloop", "ns", 30),
                        new Figure("A", "swap, tasks 2", "loomloop", "B", 30),
                        new Figure("A", "swap, tasks 10", "loomloop", "ns", 30),
                        new Figure("A", "swap, tasks 10", "loomloop", "B", 24),
                        new Figure("A", "other", "loomloop", "ns", 8),
                        new Figure("A", "other", "loomloop", "B", 24));
    }

    @Test
    @DisplayName("a method's name tells the work and the peer")
    void peers() {
        assertThat(Peer.of("pingPongKotlinx")).isEqualTo(Peer.KOTLINX);
        assertThat(Peer.KOTLINX.work("pingPongKotlinx")).isEqualTo("pingPong");
        assertThat(Peer.of("pingPong")).isEqualTo(Peer.LOOMLOOP);
        assertThat(Peer.LOOMLOOP.work("pingPong")).isEqualTo("pingPong");
    }
}
