package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A chart of latencies: a panel for each work, in it a curve for each peer from the median to the 99.9th percentile. */
final class Curves {
    private static final int WIDTH = 300;
    private static final int HEIGHT = 190;
    private static final int LEFT = 62;
    private static final int RIGHT = 14;
    private static final int TOP = 28;
    private static final int BOTTOM = 34;
    private static final int LEGEND = 44;
    private static final int COLOURS = 5;

    private final Map<String, Map<String, List<Figure>>> panels = new LinkedHashMap<>();
    private final List<String> peers = new ArrayList<>();
    private final double least; // nanoseconds, powers of ten, the same for all panels
    private final double most;

    Curves(List<Figure> figures) {
        List<Figure> percentiles = figures.stream()
                .filter(figure -> Latencies.SHARES.containsKey(figure.measure()))
                .toList();
        for (Figure figure : percentiles) {
            panels.computeIfAbsent(figure.work(), work -> new LinkedHashMap<>())
                    .computeIfAbsent(figure.peer(), peer -> new ArrayList<>())
                    .add(figure);
            if (!peers.contains(figure.peer())) {
                peers.add(figure.peer());
            }
        }
        least = Math.floor(
                log(percentiles.stream().mapToDouble(Figure::value).min().orElse(1)));
        most = Math.max(
                least + 1,
                Math.ceil(log(
                        percentiles.stream().mapToDouble(Figure::value).max().orElse(10))));
    }

    boolean isEmpty() {
        return panels.isEmpty();
    }

    String svg(String title) {
        int columns = Math.min(3, panels.size());
        int rows = (panels.size() + columns - 1) / columns;
        Svg svg = new Svg(Math.max(2, columns) * WIDTH + RIGHT, LEGEND + rows * HEIGHT);
        svg.text(8, 17, "text", "start", title + ": latency by percentile");
        for (int i = 0; i < peers.size(); i++) {
            int x = 12 + i * 130;
            svg.line(x, 34, x + 20, 34, "line" + i % COLOURS);
            svg.text(x + 26, 38, "text", "start", peers.get(i));
        }
        int place = 0;
        for (Map.Entry<String, Map<String, List<Figure>>> panel : panels.entrySet()) {
            draw(svg, place % columns * WIDTH, LEGEND + place / columns * HEIGHT, panel.getKey(), panel.getValue());
            place++;
        }
        return svg.toString();
    }

    private void draw(Svg svg, int left, int top, String work, Map<String, List<Figure>> curves) {
        svg.text(left + LEFT, top + TOP - 8, "text", "start", work);
        for (double power = least; power <= most; power++) {
            svg.line(left + LEFT, y(top, power), left + WIDTH - RIGHT, y(top, power), "grid");
            svg.text(left + LEFT - 6, y(top, power) + 4, "dim", "end", unit(power));
        }
        for (String name : Latencies.SHARES.keySet()) {
            svg.line(x(left, name), top + TOP, x(left, name), top + HEIGHT - BOTTOM, "grid");
            svg.text(x(left, name), top + HEIGHT - BOTTOM + 15, "dim", "middle", name.substring(1));
        }
        curves.forEach((peer, figures) -> {
            List<Double> points = new ArrayList<>();
            for (Figure figure : figures) {
                points.add(x(left, figure.measure()));
                points.add(y(top, log(figure.value())));
            }
            svg.curve(points, "line" + peers.indexOf(peer) % COLOURS);
        });
    }

    /** Each further nine takes as much room as the first. */
    private static double x(int left, String percentile) {
        double nines = -Math.log10(1 - share(percentile));
        double first = -Math.log10(1 - share("p50"));
        double last = -Math.log10(1 - share("p99.9"));
        return left + LEFT + (nines - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    }

    private static double share(String percentile) {
        Double share = Latencies.SHARES.get(percentile);
        if (share == null) {
            throw new IllegalArgumentException("not a percentile: " + percentile);
        }
        return share;
    }

    private double y(int top, double power) {
        return top + HEIGHT - BOTTOM - (power - least) / (most - least) * (HEIGHT - TOP - BOTTOM);
    }

    private static double log(double nanos) {
        return Math.log10(Math.max(1, nanos));
    }

    private static String unit(double power) {
        return Numbers.round(Math.pow(10, power));
    }
}
