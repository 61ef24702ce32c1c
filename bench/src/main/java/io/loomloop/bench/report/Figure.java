package io.loomloop.bench.report;

/**
 * One number: what a peer took for a work, by some measure. A line of a file of results.
 *
 * @param table the benchmark it belongs to
 * @param work what was done, with the parameters
 * @param peer who did it
 * @param measure {@link #NANOS}, {@link #BYTES}, or a name that the table knows
 */
public record Figure(String table, String work, String peer, String measure, double value) {
    /** Nanoseconds per operation. */
    static final String NANOS = "ns";
    /** Bytes per operation. */
    public static final String BYTES = "B";
    /** The table of those outside the JVM; the rows are those of the other tables. */
    static final String OUTSIDE = "outside the JVM";

    static Figure parse(String line) {
        String[] parts = line.split("\t", -1);
        if (parts.length != 5) {
            throw new IllegalArgumentException("not table, work, peer, measure, value: " + line);
        }
        return new Figure(parts[0], parts[1], parts[2], parts[3], Double.parseDouble(parts[4]));
    }

    /** As it is kept. */
    @Override
    public String toString() {
        return String.join("\t", table, work, peer, measure, Numbers.exact(value));
    }

    boolean sameRow(Figure other) {
        return table.equals(other.table) && work.equals(other.work);
    }

    boolean isOutside() {
        return table.equals(OUTSIDE);
    }
}
