package io.loomloop.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;

/** What a figure has to be, in words, and whether it is. */
record Target(
        String words, Bound bound, double limit, Function<Results, OptionalDouble> value, String work, Peer peer) {
    /** On which side of the limit it has to be. */
    private enum Bound {
        AT_MOST("at most"),
        BELOW("below"),
        AT_LEAST("at least");

        final String words;

        Bound(String words) {
            this.words = words;
        }

        boolean holds(double value, double limit) {
            return switch (this) {
                case AT_MOST -> value <= limit;
                case BELOW -> value < limit;
                case AT_LEAST -> value >= limit;
            };
        }
    }

    private static final String TWO = "yieldInTurn, depth 1, tasks 2";
    private static final String MANY = "yieldInTurn, depth 1, tasks 10000";
    private static final String SUBMIT = "submit, producers 4";

    /** What is left of what a run's own start allocates, by a million switches. */
    private static final double NO_BYTES = 0.1;

    static final List<Target> ALL = List.of(
            ratio("switch between 2 tasks", TWO, Peer.BARE, Bound.AT_MOST, 1.10),
            ratio("switch among 10,000 tasks", MANY, Peer.BARE, Bound.AT_MOST, 1.5),
            new Target(
                    "switch among 10,000 tasks, by two bare continuations",
                    Bound.AT_MOST,
                    1.5,
                    Target::manyByTwoBare,
                    "",
                    Peer.LOOMLOOP),
            figure("yieldNow with nothing else ready, ns", "alone", Figure.NANOS, Bound.BELOW, 6),
            ratio("await ping-pong", "pingPong", Peer.KOTLINX, Bound.AT_MOST, 0.95),
            ratio("await ping-pong", "pingPong", Peer.JDK, Bound.AT_MOST, 0.85),
            ratio("spawn and join one by one", "oneByOne", Peer.KOTLINX, Bound.AT_MOST, 0.65),
            ratio("spawn and join one by one", "oneByOne", Peer.JDK, Bound.AT_MOST, 0.7),
            ratio("spawn 500,000, then join", "bulk", Peer.KOTLINX, Bound.AT_MOST, 0.65),
            ratio("skynet of a million", "skynet", Peer.JDK, Bound.BELOW, 1),
            ratio("skynet of a million", "skynet", Peer.GO, Bound.BELOW, 1),
            ratio("call to depth 100, yield there, return", "callDown", Peer.KOTLINX, Bound.AT_MOST, 0.45),
            figure("timer set and cancelled, a million live, ns", "setAndCancel", Figure.NANOS, Bound.AT_MOST, 150),
            new Target(
                    "submit by 4 threads, times a single-thread executor with its `LinkedBlockingQueue`",
                    Bound.AT_LEAST,
                    1.5,
                    results -> inverse(results.ratio(SUBMIT, Peer.JDK)),
                    SUBMIT,
                    Peer.JDK),
            figure(
                    "bytes allocated by a switch, but for the start of the run",
                    TWO,
                    Figure.BYTES,
                    Bound.BELOW,
                    NO_BYTES),
            new Target(
                    "bytes allocated by the await of a pending future",
                    Bound.AT_MOST,
                    32,
                    Target::bytesOfAwait,
                    "",
                    Peer.LOOMLOOP),
            slowest(Peer.ASYNCIO, 10),
            slowest(Peer.UVLOOP, 6),
            faster("pingPong", Peer.ASYNCIO, 15),
            faster("oneByOne", Peer.ASYNCIO, 15),
            faster("bulk", Peer.ASYNCIO, 15),
            faster("pingPong", Peer.UVLOOP, 10),
            faster("oneByOne", Peer.UVLOOP, 10),
            faster("bulk", Peer.UVLOOP, 10));

    private static Target ratio(String words, String work, Peer peer, Bound bound, double limit) {
        return new Target(words + ", by " + peer.title, bound, limit, results -> results.ratio(work, peer), work, peer);
    }

    private static Target figure(String words, String work, String measure, Bound bound, double limit) {
        return new Target(
                words, bound, limit, results -> results.value(work, Peer.LOOMLOOP, measure), "", Peer.LOOMLOOP);
    }

    private static Target faster(String work, Peer peer, double limit) {
        return new Target(
                "`" + work + "`, times faster than " + peer.title,
                Bound.AT_LEAST,
                limit,
                results -> inverse(results.ratio(work, peer)),
                work,
                peer);
    }

    private static Target slowest(Peer peer, double limit) {
        return new Target(
                "every row, times faster than " + peer.title,
                Bound.AT_LEAST,
                limit,
                results -> outside(results, peer).stream()
                        .mapToDouble(work -> 1 / results.ratio(work, peer).orElseThrow())
                        .min(),
                "",
                peer);
    }

    /** The works of a peer outside the JVM that we did too. */
    private static List<String> outside(Results results, Peer peer) {
        return results
                .where(figure -> figure.isOutside()
                        && figure.peer().equals(peer.title)
                        && results.ratio(figure.work(), peer).isPresent())
                .stream()
                .map(Figure::work)
                .toList();
    }

    private static OptionalDouble inverse(OptionalDouble ratio) {
        return ratio.isPresent() ? OptionalDouble.of(1 / ratio.getAsDouble()) : ratio;
    }

    /** The stricter reading of that target. */
    private static OptionalDouble manyByTwoBare(Results results) {
        OptionalDouble many = results.value(MANY, Peer.LOOMLOOP, Figure.NANOS);
        OptionalDouble two = results.value(TWO, Peer.BARE, Figure.NANOS);
        return many.isPresent() && two.isPresent()
                ? OptionalDouble.of(many.getAsDouble() / two.getAsDouble())
                : OptionalDouble.empty();
    }

    /** A round of ping-pong is two futures and two awaits; {@code awaitDone} is a future alone. */
    private static OptionalDouble bytesOfAwait(Results results) {
        OptionalDouble round = results.value("pingPong", Peer.LOOMLOOP, Figure.BYTES);
        OptionalDouble future = results.value("awaitDone", Peer.LOOMLOOP, Figure.BYTES);
        return round.isPresent() && future.isPresent()
                ? OptionalDouble.of(round.getAsDouble() / 2 - future.getAsDouble())
                : OptionalDouble.empty();
    }

    /** Where the bar of a work has to end; for a peer outside the JVM, where it has to reach. */
    static OptionalDouble mark(String work, Peer peer) {
        return ALL.stream()
                .filter(target -> target.peer == peer && target.work.equals(work))
                .findFirst()
                .or(() -> ALL.stream()
                        .filter(target -> target.peer == peer && target.work.isEmpty())
                        .findFirst())
                .map(target -> OptionalDouble.of(
                        target.bound == Bound.AT_LEAST != peer.isOutside() ? 1 / target.limit : target.limit))
                .orElse(OptionalDouble.empty());
    }

    /** The works that miss a limit which is for all of them, and how many there are. */
    private String missed(Results results) {
        if (!work.isEmpty() || !peer.isOutside()) {
            return "";
        }
        List<String> missed = outside(results, peer).stream()
                .filter(each -> !bound.holds(1 / results.ratio(each, peer).orElseThrow(), limit))
                .map(each -> "`" + each + "`")
                .toList();
        String all = " of " + outside(results, peer).size();
        return missed.isEmpty() ? ", all" + all : "; not " + String.join(", ", missed) + ", " + missed.size() + all;
    }

    /** Of each: what it is, and whether it holds. */
    static String markdown(Results results) {
        List<String> lines = new ArrayList<>(
                List.of("| target; \"by\" is our time by the peer's | limit | value | |", "|---|---|---|---|"));
        for (Target target : ALL) {
            OptionalDouble value = target.value.apply(results);
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %s %s |%s | %s |",
                    target.words + target.missed(results),
                    target.bound.words,
                    Numbers.exact(target.limit),
                    value.isPresent() ? " " + Numbers.shown(value.getAsDouble()) : "",
                    value.isEmpty()
                            ? "not measured"
                            : target.bound.holds(value.getAsDouble(), target.limit) ? "holds" : "**misses**"));
        }
        return String.join("\n", lines) + "\n";
    }
}
