package io.loomloop.bench.report;

import java.util.List;

/** A chart with a bar for each ratio, and a mark where there is a target. */
final class Bars {
    private static final int LINE = 18;
    private static final int LABELS = 370;
    private static final int SCALE = 420;
    private static final int MARGIN = 60;
    private static final int TOP = 2 * LINE + 6;

    private final double least;
    private final double most;
    private final List<Double> ticks;
    private final boolean logarithmic;
    private final boolean lessIsBetter;

    private Bars(List<Double> ticks, boolean logarithmic, boolean lessIsBetter) {
        this.ticks = ticks;
        this.least = ticks.get(0);
        this.most = ticks.get(ticks.size() - 1);
        this.logarithmic = logarithmic;
        this.lessIsBetter = lessIsBetter;
    }

    /** Our time by the peer's, from 0 to 2: what stays before 1 is faster than the peer. */
    static String ratios(String title, List<Bar> bars) {
        return new Bars(List.of(0.0, 0.5, 1.0, 1.5, 2.0), false, true)
                .svg(title + ": loomloop's time by the peer's; shorter is better", bars);
    }

    /** The peer's time by ours, by powers of ten: what passes 1 is slower than we are. */
    static String times(String title, List<Bar> bars) {
        return new Bars(List.of(0.1, 1.0, 10.0, 100.0, 1000.0), true, false)
                .svg(title + ": how many times loomloop's time the peer takes; longer is better", bars);
    }

    private String svg(String title, List<Bar> bars) {
        int bottom = TOP + bars.size() * LINE + 4;
        Svg svg = new Svg(LABELS + SCALE + MARGIN, bottom + 2 * LINE + 4);
        svg.text(8, LINE, "text", "start", title);
        for (double tick : ticks) {
            svg.line(x(tick), TOP - 4, x(tick), bottom, tick == 1 ? "axis" : "grid");
            svg.text(x(tick), bottom + LINE - 3, "dim", "middle", Numbers.exact(tick) + (lessIsBetter ? "" : "x"));
        }
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            int y = TOP + i * LINE;
            double mark = bar.mark().orElse(1);
            boolean good = lessIsBetter ? bar.value() <= mark : bar.value() >= mark;
            double end = x(bar.value());
            svg.text(LABELS - 8, y + 13, "text", "end", bar.work() + ": " + bar.peer());
            boolean judged =
                    bar.mark().isPresent() || !bar.peer().equals(Peer.BARE.title); // nobody is faster than that
            svg.bar(LABELS, y + 2, end - LABELS, LINE - 4, !judged ? "plain" : good ? "good" : "bad");
            bar.mark().ifPresent(value -> svg.line(x(value), y, x(value), y + LINE, "mark"));
            String value = lessIsBetter ? Numbers.ratio(bar.value()) : Numbers.times(bar.value());
            // beside a mark that the bar stays just before, not upon it
            double from = bar.mark().isPresent() ? Math.max(end, near(end, x(mark))) : end;
            svg.text(from + 4, y + 13, "text", "start", value);
        }
        svg.text(
                8,
                bottom + 2 * LINE - 3,
                "dim",
                "start",
                "A stroke is a target. Green holds its target, or is faster than the peer; grey has none to hold.");
        return svg.toString();
    }

    private static double near(double end, double mark) {
        return mark >= end && mark < end + 40 ? mark + 2 : end;
    }

    private double x(double value) {
        double within = Math.max(least, Math.min(most, value));
        double share =
                logarithmic ? Math.log(within / least) / Math.log(most / least) : (within - least) / (most - least);
        return LABELS + share * SCALE;
    }
}
