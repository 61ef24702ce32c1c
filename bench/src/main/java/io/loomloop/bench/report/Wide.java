package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Figures of which each peer has many: a row for each work and peer, a column for each measure. */
final class Wide {
    private record Row(String work, String peer) {}

    private static final Set<String> ONLY_DRAWN = Set.of("p75", "p95");

    private final Map<Row, Map<String, Double>> rows = new LinkedHashMap<>();
    private final Set<String> measures = new LinkedHashSet<>();

    Wide(List<Figure> figures) {
        for (Figure figure : figures) {
            if (!ONLY_DRAWN.contains(figure.measure())) {
                measures.add(figure.measure());
            }
            rows.computeIfAbsent(new Row(figure.work(), figure.peer()), row -> new LinkedHashMap<>())
                    .put(figure.measure(), figure.value());
        }
    }

    String markdown() {
        List<String> lines = new ArrayList<>();
        lines.add("| | | " + String.join(" | ", measures) + " |");
        lines.add("|---|---|" + "---|".repeat(measures.size()));
        rows.forEach((row, values) -> {
            StringBuilder line = new StringBuilder("| " + row.work + " | " + row.peer + " |");
            for (String measure : measures) {
                line.append(' ').append(cell(measure, values.get(measure))).append(" |");
            }
            lines.add(line.toString());
        });
        return String.join("\n", lines) + "\n";
    }

    private static String cell(String measure, @Nullable Double value) {
        if (value == null) {
            return "";
        }
        return Latencies.SHARES.containsKey(measure) ? Numbers.time(value) : Numbers.shown(value);
    }
}
