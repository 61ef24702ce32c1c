package io.loomloop.bench.report;

import java.util.Formatter;
import java.util.Locale;

/** A picture being drawn, in colours for a light background and for a dark one. */
final class Svg {
    private static final String STYLE = """
            <style>
            .back { fill: #ffffff } .text { fill: #1f2328 } .dim { fill: #59636e }
            .grid { stroke: #d1d9e0 } .axis { stroke: #59636e } .mark { stroke: #1f2328; stroke-width: 2 }
            .plain { fill: #8c959f } .good { fill: #2d8a4e } .bad { fill: #c4532d }
            .line0 { stroke: #2d8a4e } .line1 { stroke: #3b6fd4 } .line2 { stroke: #c4532d } .line3 { stroke: #8957c8 } .line4 { stroke: #a87b00 }
            @media (prefers-color-scheme: dark) {
            .back { fill: #0d1117 } .text { fill: #f0f6fc } .dim { fill: #9198a1 }
            .grid { stroke: #30373f } .axis { stroke: #9198a1 } .mark { stroke: #f0f6fc }
            .plain { fill: #6e7781 } .good { fill: #3fb96a } .bad { fill: #e8754f }
            .line0 { stroke: #3fb96a } .line1 { stroke: #6d9bf2 } .line2 { stroke: #e8754f } .line3 { stroke: #b58cf0 } .line4 { stroke: #d9a520 }
            }
            </style>
            """;

    private final Formatter out = new Formatter(Locale.ROOT);

    Svg(int width, int height) {
        out.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %1$d %2$d\" width=\"%1$d\" height=\"%2$d\""
                        + " font-family=\"sans-serif\" font-size=\"12\">%n",
                width, height);
        out.format("%s<rect class=\"back\" width=\"100%%\" height=\"100%%\"/>%n", STYLE);
    }

    /** @param anchor start, middle or end */
    void text(double x, double y, String type, String anchor, String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
        out.format(
                "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">%s</text>%n", x, y, type, anchor, escaped);
    }

    void line(double x1, double y1, double x2, double y2, String type) {
        out.format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>%n", x1, y1, x2, y2, type);
    }

    void bar(double x, double y, double width, double height, String type) {
        out.format(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"/>%n",
                x, y, width, height, type);
    }

    /** A curve through points: x, y, x, y. */
    void curve(Iterable<Double> points, String type) {
        StringBuilder list = new StringBuilder();
        points.forEach(number -> list.append(String.format(Locale.ROOT, "%.1f ", number)));
        out.format(
                "<polyline points=\"%s\" class=\"%s\" fill=\"none\" stroke-width=\"2\"/>%n",
                list.toString().trim(), type);
    }

    @Override
    public String toString() {
        return out + "</svg>\n";
    }
}
