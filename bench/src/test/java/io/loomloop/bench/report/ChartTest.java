package io.loomloop.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class ChartTest {
    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    private static double width(Document svg, int bar) {
        return Double.parseDouble(svg.getElementsByTagName("rect") // the first one is the background
                .item(bar + 1)
                .getAttributes()
                .getNamedItem("width")
                .getNodeValue());
    }

    @Test
    @DisplayName("a bar is as long as its ratio, but ends at 2, and its colour tells whether it holds the target")
    void ratios() throws Exception {
        String text = Bars.ratios(
                "Switch & <more>",
                List.of(
                        new Bar("swap", "JDK", 0.5, OptionalDouble.empty()),
                        new Bar("swap", "JDK", 7, OptionalDouble.empty()),
                        new Bar("swap", "JDK", 0.8, OptionalDouble.of(0.7))));
        Document svg = parse(text);
        assertThat(width(svg, 1)).isEqualTo(4 * width(svg, 0));
        assertThat(text).contains(">7.00<").containsOnlyOnce("class=\"good\"").contains("class=\"mark\"");
    }

    @Test
    @DisplayName("on a scale of powers of ten, ten times as much is one step more, and more is better")
    void times() throws Exception {
        String text = Bars.times(
                "Switch",
                List.of(
                        new Bar("swap", "Go", 1, OptionalDouble.empty()),
                        new Bar("swap", "asyncio", 10, OptionalDouble.of(10)),
                        new Bar("swap", "asyncio", 9, OptionalDouble.of(10))));
        Document svg = parse(text);
        assertThat(width(svg, 1)).isEqualTo(2 * width(svg, 0));
        assertThat(text).containsOnlyOnce("class=\"bad\"");
    }

    @Test
    @DisplayName("latencies are a panel for each work and a curve for each peer, which rises")
    void curves() throws Exception {
        Latencies latencies = new Latencies();
        for (int i = 1; i <= 100_000; i++) {
            latencies.add(i);
        }
        List<Figure> figures = new ArrayList<>(latencies.figures("Latency", "submit", "loomloop"));
        figures.addAll(latencies.figures("Latency", "submit", "JDK"));
        figures.addAll(latencies.figures("Latency", "completed", "JDK"));
        Document svg = parse(new Curves(figures).svg("Latency"));
        assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(3);
        String[] points = svg.getElementsByTagName("polyline")
                .item(0)
                .getAttributes()
                .getNamedItem("points")
                .getNodeValue()
                .split(" ");
        assertThat(points).hasSize(2 * Latencies.SHARES.size());
        assertThat(Double.parseDouble(points[points.length - 1])).isLessThan(Double.parseDouble(points[1]));
    }

    @Test
    @DisplayName("a percentile is right to a thirtieth, for a nanosecond as for an hour")
    void percentiles() {
        Latencies latencies = new Latencies();
        assertThat(latencies.percentile(0.5)).isZero();
        for (long nanos : new long[] {0, 31, 32, 1_000, 3_600_000_000_000L}) {
            Latencies one = new Latencies();
            one.add(nanos);
            assertThat((double) one.percentile(0.5)).isBetween((double) nanos, nanos * (1 + 1 / 30.0));
            latencies.add(one);
        }
        assertThat(latencies.percentile(0.5)).isEqualTo(32);
        assertThat(latencies.percentile(0.2)).isZero();
        assertThat(latencies.percentile(1)).isGreaterThanOrEqualTo(3_600_000_000_000L);
    }
}
