package io.loomloop.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private static Figure nanos(String work, String peer, double value) {
        return new Figure("Bench", work, peer, Figure.NANOS, value);
    }

    private static Figure outside(String work, String peer, double value) {
        return new Figure(Figure.OUTSIDE, work, peer, Figure.NANOS, value);
    }

    private static Results results(Figure... figures) {
        return new Results(List.of(new Run(Map.of(), List.of(figures))));
    }

    @Test
    @DisplayName("peers stand in a row beside each other, with bytes and our time by theirs")
    void table() {
        Results results = results(
                nanos("swap", "JDK", 60),
                new Figure("Bench", "swap", "loomloop", Figure.BYTES, 24),
                nanos("swap", "loomloop", 30),
                nanos("alone", "loomloop", 12_345));
        Table table = Table.inside(results, "Bench");
        assertThat(table.markdown()).isEqualTo("""
                        | | loomloop | JDK | ratio |
                        |---|---|---|---|
                        | swap | 30.0 ns, 24.0 B | 60.0 ns | 0.50 |
                        | alone | 12.3 us | | |
                        """);
        assertThat(table.ratios())
                .singleElement()
                .satisfies(bar -> assertThat(bar.value()).isEqualTo(0.5, within(1e-9)));
        assertThat(Table.outside(results, "Bench").isEmpty()).isTrue();
    }

    @Test
    @DisplayName("those outside the JVM stand beside the table that has their work, as so many times our time")
    void outside() {
        Results results =
                results(nanos("swap", "loomloop", 30), outside("swap", "Go", 60), outside("swap", "asyncio", 300));
        Table table = Table.outside(results, "Bench");
        assertThat(table.markdownOfTimes()).isEqualTo("""
                        | | loomloop | asyncio | Go |
                        |---|---|---|---|
                        | swap | 30.0 ns | 300 ns (10x) | 60.0 ns (2.0x) |
                        """);
        assertThat(table.times()).extracting(Bar::value).containsExactly(10.0, 2.0);
    }

    @Test
    @DisplayName(
            "a row is of the last run that has it, with none of the figures of an older one; a peer outside has its own last run")
    void merged() {
        Run old = new Run(
                Map.of("date", "old"),
                List.of(
                        nanos("swap", "loomloop", 30),
                        nanos("swap", "JDK", 60),
                        nanos("spawn", "loomloop", 500),
                        outside("swap", "Go", 70),
                        outside("swap", "asyncio", 300)));
        Run fresh = new Run(Map.of("date", "new"), List.of(nanos("swap", "loomloop", 20), outside("swap", "Go", 80)));
        Results results = new Results(List.of(old, fresh));
        assertThat(results.of("Bench"))
                .containsExactlyInAnyOrder(nanos("swap", "loomloop", 20), nanos("spawn", "loomloop", 500));
        assertThat(results.value("swap", Peer.GO, Figure.NANOS)).hasValue(80);
        assertThat(results.value("swap", Peer.ASYNCIO, Figure.NANOS)).hasValue(300);
        assertThat(results.stated(results.of("Bench"))).hasSize(2);
    }

    @Test
    @DisplayName("a figure that is measured anew and comes out the same is of the newer run")
    void sameAgain() {
        Figure figure = nanos("swap", "loomloop", 30);
        Results results = new Results(List.of(
                new Run(Map.of("date", "old"), List.of(figure)), new Run(Map.of("date", "new"), List.of(figure))));
        assertThat(results.stated(List.of(figure))).singleElement().asString().startsWith("new");
    }

    @Test
    @DisplayName("a target holds on its own side of the limit, and says so when nobody has measured it")
    void targets() {
        String markdown = Target.markdown(results(
                nanos("yieldInTurn, depth 1, tasks 2", "loomloop", 110),
                nanos("yieldInTurn, depth 1, tasks 2", "bare continuation", 100),
                nanos("alone", "loomloop", 6),
                nanos("submit, producers 4", "loomloop", 100),
                nanos("submit, producers 4", "JDK", 160)));
        assertThat(markdown)
                .contains("| switch between 2 tasks, by bare continuation | at most 1.1 | 1.10 | holds |")
                .contains("| yieldNow with nothing else ready, ns | below 6 | 6.00 | **misses** |")
                .contains("`LinkedBlockingQueue` | at least 1.5 | 1.60 | holds |")
                .contains("| skynet of a million, by Go | below 1 | | not measured |");
    }

    @Test
    @DisplayName("the bytes of an await are half of a round of ping-pong, without the future")
    void bytesOfAwait() {
        assertThat(Target.markdown(results(
                        new Figure("Bench", "pingPong", "loomloop", Figure.BYTES, 160),
                        new Figure("Bench", "awaitDone", "loomloop", Figure.BYTES, 40))))
                .contains("await of a pending future | at most 32 | 40.0 | **misses** |");
    }

    @Test
    @DisplayName("a target for every row is that of the slowest one, and names those that miss")
    void everyRow() {
        assertThat(Target.markdown(results(
                        nanos("pingPong", "loomloop", 100),
                        nanos("fire", "loomloop", 100),
                        outside("pingPong", "asyncio", 2000),
                        outside("fire", "asyncio", 300))))
                .contains(
                        "every row, times faster than asyncio; not `fire`, 1 of 2 | at least 10 | 3.00 | **misses** |")
                .contains("`pingPong`, times faster than asyncio | at least 15 | 20.0 | holds |");
    }
}
