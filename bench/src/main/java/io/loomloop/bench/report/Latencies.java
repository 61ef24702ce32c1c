package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How long something took, counted in steps of about three percent. Not thread-safe. */
public final class Latencies {
    /** The percentiles that are reported: the name of the measure, and the share of all that took no longer. */
    static final Map<String, Double> SHARES = new LinkedHashMap<>();

    static {
        SHARES.put("p50", 0.5);
        SHARES.put("p75", 0.75);
        SHARES.put("p90", 0.9);
        SHARES.put("p95", 0.95);
        SHARES.put("p99", 0.99);
        SHARES.put("p99.9", 0.999);
    }

    private static final int BITS = 5; // of a number below its highest one, which tell steps apart
    private static final int STEPS = 1 << BITS;

    private final long[] counts = new long[(Long.SIZE - BITS) * STEPS];
    private long total;

    /** Counts one. */
    public void add(long nanos) {
        counts[step(Math.max(0, nanos))]++;
        total++;
    }

    /** Counts all that another one has. */
    public void add(Latencies other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        total += other.total;
    }

    /** Nanoseconds that so many of all took at most; 0 when there are none. */
    long percentile(double share) {
        long wanted = (long) Math.ceil(share * total);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= wanted && seen > 0) {
                return longest(i);
            }
        }
        return 0;
    }

    /** The percentiles, for a row of a table. */
    public List<Figure> figures(String table, String work, String peer) {
        List<Figure> figures = new ArrayList<>();
        SHARES.forEach((name, share) -> figures.add(new Figure(table, work, peer, name, percentile(share))));
        return figures;
    }

    /** Numbers below {@link #STEPS} are a step each; then each power of two has so many. */
    private static int step(long nanos) {
        if (nanos < STEPS) {
            return (int) nanos;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - BITS;
        return (shift << BITS) + (int) (nanos >>> shift);
    }

    private static long longest(int step) {
        if (step < STEPS) {
            return step;
        }
        int shift = (step >> BITS) - 1;
        return ((step - ((long) shift << BITS) + 1) << shift) - 1;
    }
}
