package io.loomloop.coroutine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Generators that hand on what another one yields. */
class YieldFromTest {
    private final List<Object> log = new ArrayList<>();

    private static Generator<Integer> upTo(int end) {
        return Generator.of(out -> {
            for (int i = 0; i < end; i++) {
                out.yield(i);
            }
            return "end";
        });
    }

    @Test
    @DisplayName(
            "yieldFrom yields the items of a collection or of another generator, and returns the result of that one")
    void yieldFrom() {
        Generator<Integer> generator = Generator.of(out -> {
            out.yieldFrom(Arrays.asList(7, null, 8));
            log.add(out.yieldFrom(upTo(2)));
            Generator<Integer> ahead = upTo(2);
            log.add(ahead.hasNext());
            out.yieldFrom(ahead);
            log.add(out.yieldFrom(ahead));
            Generator<Integer> closed = upTo(2);
            closed.close();
            log.add(out.yieldFrom(closed));
        });
        assertThat(generator.stream().toList()).containsExactly(7, null, 8, 0, 1, 0, 1);
        assertThat(log).containsExactly("end", true, "end", null);
    }

    @Test
    @DisplayName("what is sent and thrown reaches the inner generator, and closing closes it first")
    void delegation() {
        Generator<Object> inner = Generator.of(out -> {
            try {
                log.add(out.yield("a"));
                out.yield("b");
            } catch (IllegalArgumentException e) {
                out.yield("caught");
            } finally {
                log.add("inner cleaned up");
            }
        });
        Generator<Object> outer = Generator.of(out -> {
            try {
                out.yieldFrom(inner);
            } finally {
                log.add("outer cleaned up");
            }
        });
        assertThat(outer.next()).isEqualTo("a");
        assertThat(outer.send(1)).isEqualTo("b");
        assertThat(outer.throwInto(new IllegalArgumentException())).isEqualTo("caught");
        outer.close();
        assertThat(inner.isDone()).isTrue();
        assertThat(log).containsExactly(1, "inner cleaned up", "outer cleaned up");
    }

    @Test
    @DisplayName("a recursive generator walks a tree")
    void recursion() {
        assertThat(inOrder(1, 63).stream().toList()).hasSize(63).isSorted();
    }

    private static Generator<Integer> inOrder(int from, int to) {
        return Generator.of(out -> {
            if (from <= to) {
                int middle = (from + to) / 2;
                out.yieldFrom(inOrder(from, middle - 1));
                out.yield(middle);
                out.yieldFrom(inOrder(middle + 1, to));
            }
        });
    }
}
