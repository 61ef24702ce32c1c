package io.loomloop.bench.report;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One benchmark with one set of parameters, as JMH writes it with {@code -rf json}. */
record Result(
        String benchmark,
        String jdkVersion,
        String vmName,
        int forks,
        @Nullable Map<String, String> params,
        Metric primaryMetric,
        Map<String, Metric> secondaryMetrics) {

    /** A figure for each fork and iteration; JMH writes words for what is not a number. */
    record Metric(
            String scoreUnit, @SerializedName("rawData") List<List<Double>> forks) {
        /** The median of the forks' means. */
        double median() {
            double[] means = forks.stream()
                    .mapToDouble(fork -> fork.stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElseThrow())
                    .sorted()
                    .toArray();
            return (means[(means.length - 1) / 2] + means[means.length / 2]) / 2;
        }
    }

    static List<Result> read(String json) {
        return List.of(new Gson().fromJson(json, Result[].class));
    }

    /** The simple name of the class. */
    String type() {
        String withoutMethod = benchmark.substring(0, benchmark.lastIndexOf('.'));
        return withoutMethod.substring(withoutMethod.lastIndexOf('.') + 1);
    }

    private String method() {
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    Peer peer() {
        return Peer.of(method());
    }

    /** The work and its parameters; the same for all peers. */
    String work() {
        StringBuilder work = new StringBuilder(peer().work(method()));
        if (params != null) {
            params.forEach(
                    (name, value) -> work.append(", ").append(name).append(' ').append(value));
        }
        return work.toString();
    }

    /** Time per operation, in {@link #unit}. */
    double time() {
        return primaryMetric.median();
    }

    String unit() {
        return primaryMetric.scoreUnit();
    }

    /** Bytes per operation, or null when JMH ran without {@code -prof gc}. */
    @Nullable
    Double allocated() {
        Metric metric = secondaryMetrics.get("gc.alloc.rate.norm");
        return metric == null ? null : metric.median();
    }
}
