package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The figures of several runs: a row of a table is taken from the last run that has it, with all its peers, because only what was
 * measured together may be compared. Those outside the JVM are each taken from the last run they are in.
 */
final class Results {
    /** Each figure, and the run it is of. */
    private final Map<Figure, Run> figures = new LinkedHashMap<>();

    /** Of runs from the oldest to the newest. */
    Results(List<Run> runs) {
        for (Run run : runs) {
            for (Figure figure : run.figures()) {
                figures.keySet()
                        .removeIf(old -> old.sameRow(figure)
                                && figures.get(old) != run
                                && (!old.isOutside() || old.peer().equals(figure.peer())));
                figures.put(figure, run);
            }
        }
    }

    /** The names of the tables, without that of the peers outside the JVM. */
    Collection<String> tables() {
        Set<String> tables = new LinkedHashSet<>();
        figures.keySet().stream().filter(figure -> !figure.isOutside()).forEach(figure -> tables.add(figure.table()));
        return tables;
    }

    List<Figure> of(String table) {
        return where(figure -> figure.table().equals(table));
    }

    List<Figure> where(Predicate<Figure> wanted) {
        return new ArrayList<>(figures.keySet().stream().filter(wanted).toList());
    }

    OptionalDouble value(String work, Peer peer, String measure) {
        return figures.keySet().stream()
                .filter(figure -> figure.work().equals(work)
                        && figure.peer().equals(peer.title)
                        && figure.measure().equals(measure))
                .mapToDouble(Figure::value)
                .findFirst();
    }

    /** How many times a peer's time ours is. */
    OptionalDouble ratio(String work, Peer peer) {
        OptionalDouble ours = value(work, Peer.LOOMLOOP, Figure.NANOS);
        OptionalDouble theirs = value(work, peer, Figure.NANOS);
        return ours.isPresent() && theirs.isPresent()
                ? OptionalDouble.of(ours.getAsDouble() / theirs.getAsDouble())
                : OptionalDouble.empty();
    }

    /** The circumstances of some figures: a sentence for each run they are of. */
    Collection<String> stated(Collection<Figure> some) {
        Set<String> sentences = new LinkedHashSet<>();
        some.forEach(figure -> sentences.add(run(figure).stated()));
        return sentences;
    }

    Run run(Figure figure) {
        Run run = figures.get(figure);
        if (run == null) {
            throw new IllegalArgumentException("not of these results: " + figure);
        }
        return run;
    }
}
