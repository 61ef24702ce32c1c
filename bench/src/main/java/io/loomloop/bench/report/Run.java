package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured in one run, and under which circumstances. Kept as a text: a line {@code # name: value} for each fact, then a
 * line for each figure.
 */
record Run(Map<String, String> facts, List<Figure> figures) {
    private static final String FACT = "# ";
    private static final String PEER = "peer ";

    static Run parse(List<String> lines) {
        Map<String, String> facts = new LinkedHashMap<>();
        List<Figure> figures = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(FACT)) {
                String[] fact = line.substring(FACT.length()).split(": ", 2);
                facts.put(fact[0], fact[1]);
            } else {
                figures.add(Figure.parse(line));
            }
        }
        return new Run(facts, figures);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        facts.forEach((name, value) -> lines.add(FACT + name + ": " + value));
        figures.forEach(figure -> lines.add(figure.toString()));
        return lines;
    }

    /** Adds lines of peers outside the JVM: peer, version, work, nanoseconds. */
    void addPeers(List<String> lines) {
        for (String line : lines) {
            String[] parts = line.split("\t", -1);
            facts.put(PEER + parts[0], parts[1]);
            figures.add(new Figure(Figure.OUTSIDE, parts[2], parts[0], Figure.NANOS, Double.parseDouble(parts[3])));
        }
    }

    /** The circumstances, as a sentence. */
    String stated() {
        return "%s, %s, %s, %s cores: `%s`"
                .formatted(fact("date"), fact("jdk"), fact("system"), fact("cores"), fact("command"));
    }

    /** The peer with its version, if it is one outside the JVM. */
    String titled(String peer) {
        String version = facts.get(PEER + peer);
        return version == null ? peer : peer + " (" + version + ")";
    }

    private String fact(String name) {
        return facts.getOrDefault(name, "?");
    }
}
