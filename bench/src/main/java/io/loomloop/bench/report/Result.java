package io.loomloop.bench.report;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One benchmark with one set of parameters, as JMH writes it with {@code -rf json}. */
record Result(
        String benchmark,
        @Nullable Map<String, String> params,
        Metric primaryMetric,
        Map<String, Metric> secondaryMetrics) {

    /** What is of the same name and has the same parameters in several rounds, as one with the forks of all. */
    static Collection<Result> merge(Collection<Result> rounds) {
        Map<List<Object>, Result> merged = new LinkedHashMap<>();
        for (Result result : rounds) {
            merged.merge(
                    Arrays.asList(result.benchmark, result.params, result.primaryMetric.scoreUnit),
                    result,
                    Result::and);
        }
        return merged.values();
    }

    private Result and(Result later) {
        Map<String, Metric> secondary = new TreeMap<>(secondaryMetrics);
        later.secondaryMetrics.forEach((name, metric) -> secondary.merge(name, metric, Metric::and));
        return new Result(benchmark, params, primaryMetric.and(later.primaryMetric), secondary);
    }

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

        Metric and(Metric later) {
            return new Metric(
                    scoreUnit,
                    Stream.concat(forks.stream(), later.forks.stream()).toList());
        }

        double nanos() {
            return switch (scoreUnit) {
                case "ns/op" -> median();
                case "us/op" -> median() * 1e3;
                case "ms/op" -> median() * 1e6;
                default -> throw new IllegalArgumentException("not a time per operation: " + scoreUnit);
            };
        }
    }

    static List<Result> read(String json) {
        return List.of(new Gson().fromJson(json, Result[].class));
    }

    /** The simple name of the class. */
    private String type() {
        String withoutMethod = benchmark.substring(0, benchmark.lastIndexOf('.'));
        return withoutMethod.substring(withoutMethod.lastIndexOf('.') + 1);
    }

    private String method() {
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    private Peer peer() {
        return Peer.of(method());
    }

    /** The work and its parameters, which are in the order of their names; the same for all peers. */
    String work() {
        StringBuilder work = new StringBuilder(peer().work(method()));
        if (params != null) {
            new TreeMap<>(params)
                    .forEach((name, value) ->
                            work.append(", ").append(name).append(' ').append(value));
        }
        return work.toString();
    }

    /** The time, and the bytes unless JMH ran without {@code -prof gc}. */
    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        figures.add(figure(Figure.NANOS, primaryMetric.nanos()));
        Metric allocated = secondaryMetrics.get("gc.alloc.rate.norm");
        if (allocated != null) {
            figures.add(figure(Figure.BYTES, allocated.median()));
        }
        return figures;
    }

    private Figure figure(String measure, double value) {
        return new Figure(type(), work(), peer().title, measure, value);
    }
}
