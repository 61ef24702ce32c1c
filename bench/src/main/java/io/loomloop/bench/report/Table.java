package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The figures of one benchmark: a row for each work, a column for each peer; a second such table for those outside the JVM. */
final class Table {
    /** What a peer took: time, bytes, or both. */
    private record Cell(OptionalDouble nanos, OptionalDouble bytes) {
        double weight() {
            return nanos.isPresent() ? nanos.getAsDouble() : bytes.orElseThrow();
        }

        String shown() {
            List<String> parts = new ArrayList<>();
            nanos.ifPresent(value -> parts.add(Numbers.time(value)));
            bytes.ifPresent(value -> parts.add(Numbers.shown(value) + " B"));
            return String.join(", ", parts);
        }
    }

    private final Results results;
    private final List<Figure> figures;
    private final Map<String, Map<Peer, Cell>> rows = new LinkedHashMap<>();

    private Table(Results results, List<Figure> figures) {
        this.results = results;
        this.figures = figures;
        for (Figure figure : figures) {
            Peer peer = Peer.titled(figure.peer());
            rows.computeIfAbsent(figure.work(), work -> new EnumMap<>(Peer.class))
                    .computeIfAbsent(peer, p -> new Cell(value(figure, Figure.NANOS), value(figure, Figure.BYTES)));
        }
    }

    private OptionalDouble value(Figure of, String measure) {
        return figures.stream()
                .filter(figure -> figure.sameRow(of)
                        && figure.peer().equals(of.peer())
                        && figure.measure().equals(measure))
                .mapToDouble(Figure::value)
                .findFirst();
    }

    static Table inside(Results results, String name) {
        return new Table(results, results.of(name));
    }

    /** Those outside the JVM that did some work of a table, beside loomloop. */
    static Table outside(Results results, String name) {
        List<Figure> ours = results.of(name).stream()
                .filter(figure -> figure.peer().equals(Peer.LOOMLOOP.title)
                        && figure.measure().equals(Figure.NANOS))
                .toList();
        List<Figure> all = new ArrayList<>();
        for (Figure our : ours) {
            List<Figure> theirs =
                    results.where(figure -> figure.isOutside() && figure.work().equals(our.work()));
            if (!theirs.isEmpty()) {
                all.add(our);
                all.addAll(theirs);
            }
        }
        return new Table(results, all);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    Collection<Figure> figures() {
        return figures;
    }

    /** Our time by each peer's. */
    List<Bar> ratios() {
        return bars((ours, theirs) -> ours / theirs);
    }

    /** Each peer's time by ours. */
    List<Bar> times() {
        return bars((ours, theirs) -> theirs / ours);
    }

    private interface Compare {
        double ratio(double ours, double theirs);
    }

    private List<Bar> bars(Compare compare) {
        List<Bar> bars = new ArrayList<>();
        rows.forEach((work, row) -> row.forEach((peer, cell) -> {
            Cell ours = row.get(Peer.LOOMLOOP);
            if (ours != null && peer != Peer.LOOMLOOP) {
                double value = compare.ratio(ours.weight(), cell.weight());
                bars.add(new Bar(work, peer.title, value, Target.mark(work, peer)));
            }
        }));
        return bars;
    }

    /** Each peer's time with the bytes it allocates, and our time by its. */
    String markdown() {
        return markdown(
                (ours, theirs) -> theirs == null ? " | |" : " " + theirs.shown() + " | " + ratio(ours, theirs) + " |",
                " | ratio |");
    }

    /** Each peer's time, and how many times ours it is. */
    String markdownOfTimes() {
        return markdown(
                (ours, theirs) -> theirs == null || ours == null
                        ? " |"
                        : " " + theirs.shown() + " (" + Numbers.times(theirs.weight() / ours.weight()) + ") |",
                " |");
    }

    private interface Beside {
        String cell(@Nullable Cell ours, @Nullable Cell theirs);
    }

    private String markdown(Beside beside, String header) {
        TreeSet<Peer> peers = new TreeSet<>();
        rows.values().forEach(row -> peers.addAll(row.keySet()));
        StringBuilder text = new StringBuilder("| |");
        peers.forEach(peer -> text.append(' ').append(titled(peer)).append(peer == Peer.LOOMLOOP ? " |" : header));
        String head = text.toString();
        text.append("\n|")
                .append("---|".repeat((int) head.chars().filter(c -> c == '|').count() - 1));
        rows.forEach((work, row) -> {
            text.append("\n| ").append(work).append(" |");
            Cell ours = row.get(Peer.LOOMLOOP);
            for (Peer peer : peers) {
                Cell cell = row.get(peer);
                text.append(
                        peer == Peer.LOOMLOOP
                                ? " " + (cell == null ? "" : cell.shown()) + " |"
                                : beside.cell(ours, cell));
            }
        });
        return text.append('\n').toString();
    }

    private String titled(Peer peer) {
        return figures.stream()
                .filter(figure -> figure.peer().equals(peer.title))
                .findFirst()
                .map(figure -> results.run(figure).titled(peer.title))
                .orElse(peer.title);
    }

    private static String ratio(@Nullable Cell ours, Cell theirs) {
        return ours == null ? "" : Numbers.ratio(ours.weight() / theirs.weight());
    }
}
