package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The results of one class of benchmarks: a row for each work, a column for each peer. */
final class Table {
    /** How many times a peer's time ours is. */
    record Ratio(String work, Peer peer, double value) {}

    private final String title;
    private final Map<String, Map<Peer, Result>> rows = new LinkedHashMap<>();

    private Table(String title) {
        this.title = title;
    }

    /** A table for each class, in the order of the results. */
    static Collection<Table> of(List<Result> results) {
        Map<String, Table> tables = new LinkedHashMap<>();
        for (Result result : results) {
            tables.computeIfAbsent(result.type(), Table::new)
                    .rows
                    .computeIfAbsent(result.work(), work -> new EnumMap<>(Peer.class))
                    .put(result.peer(), result);
        }
        return tables.values();
    }

    String title() {
        return title;
    }

    List<Ratio> ratios() {
        List<Ratio> ratios = new ArrayList<>();
        rows.forEach((work, row) -> row.forEach((peer, result) -> {
            Result ours = row.get(Peer.LOOMLOOP);
            if (ours != null && peer != Peer.LOOMLOOP) {
                ratios.add(new Ratio(work, peer, ours.time() / result.time()));
            }
        }));
        return ratios;
    }

    /** Each peer's time with the bytes it allocates, and our time by its. */
    String markdown() {
        TreeSet<Peer> peers = new TreeSet<>();
        rows.values().forEach(row -> peers.addAll(row.keySet()));
        StringBuilder text = new StringBuilder("| ").append(unit()).append(" |");
        peers.forEach(peer -> text.append(' ').append(peer.title).append(peer == Peer.LOOMLOOP ? " |" : " | ratio |"));
        text.append("\n|---|").append("---|".repeat(2 * peers.size() - (peers.contains(Peer.LOOMLOOP) ? 1 : 0)));
        rows.forEach((work, row) -> {
            text.append("\n| ").append(work).append(" |");
            for (Peer peer : peers) {
                text.append(' ').append(cell(row.get(peer))).append(" |");
                if (peer != Peer.LOOMLOOP) {
                    text.append(' ')
                            .append(ratio(row.get(Peer.LOOMLOOP), row.get(peer)))
                            .append(" |");
                }
            }
        });
        return text.append('\n').toString();
    }

    private String unit() {
        return rows.values().iterator().next().values().iterator().next().unit();
    }

    private static String cell(@Nullable Result result) {
        if (result == null) {
            return "";
        }
        Double bytes = result.allocated();
        return number(result.time()) + (bytes == null ? "" : ", " + number(bytes) + " B");
    }

    private static String ratio(@Nullable Result ours, @Nullable Result theirs) {
        return ours == null || theirs == null ? "" : String.format(Locale.ROOT, "%.2f", ours.time() / theirs.time());
    }

    /** Three digits, or all that there are before the point. */
    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f", value);
    }
}
