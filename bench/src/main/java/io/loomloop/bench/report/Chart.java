package io.loomloop.bench.report;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/** A bar for each ratio, from 0 to 2, and a line at 1: bars that stay before it are faster than their peer. SVG. */
final class Chart {
    private static final int TEXT = 380;
    private static final int UNIT = 200;
    private static final int LINE = 18;

    private Chart() {}

    static String svg(String title, List<Table.Ratio> ratios) {
        int height = (ratios.size() + 2) * LINE;
        Formatter svg = new Formatter(Locale.ROOT);
        svg.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n",
                TEXT + 2 * UNIT + 60, height);
        svg.format("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
        svg.format("<text x=\"8\" y=\"%d\">%s: loomloop's time by the peer's</text>%n", LINE - 4, title);
        for (int i = 0; i < ratios.size(); i++) {
            Table.Ratio ratio = ratios.get(i);
            int y = (i + 1) * LINE;
            double width = UNIT * Math.min(2, ratio.value());
            String colour = ratio.value() <= 1 ? "#3a7d44" : "#b5523b";
            svg.format("<text x=\"8\" y=\"%d\">%s: %s</text>%n", y + 13, ratio.work(), ratio.peer().title);
            svg.format(
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                    TEXT, y + 2, width, LINE - 4, colour);
            svg.format("<text x=\"%.1f\" y=\"%d\">%.2f</text>%n", TEXT + width + 4, y + 13, ratio.value());
        }
        svg.format(
                "<line x1=\"%1$d\" y1=\"%2$d\" x2=\"%1$d\" y2=\"%3$d\" stroke=\"black\"/>%n",
                TEXT + UNIT, LINE, height - LINE + 4);
        svg.format("</svg>%n");
        return svg.toString();
    }
}
