package io.loomloop.coroutine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Ending generators before their end. */
class GeneratorCloseTest {
    private final List<Object> log = new ArrayList<>();

    private Generator<Integer> guarded() {
        return Generator.of(out -> {
            try {
                out.yield(1);
                log.add("went on");
                out.yield(2);
            } finally {
                log.add("cleaned up");
            }
        });
    }

    @Test
    @DisplayName("closing runs the finally blocks, once, and ends the sequence")
    void close() {
        Generator<Integer> generator = guarded();
        generator.next();
        generator.close();
        generator.close();
        assertThat(log).containsExactly("cleaned up");
        assertThat(generator.isDone()).isTrue();
        assertThat(generator.hasNext()).isFalse();
    }

    @Test
    @DisplayName("closing drops an item that hasNext has found")
    void closeAfterHasNext() {
        Generator<Integer> generator = guarded();
        assertThat(generator.hasNext()).isTrue();
        generator.close();
        assertThat(generator.hasNext()).isFalse();
        assertThat(log).containsExactly("cleaned up");
    }

    @Test
    @DisplayName("a body that has not begun never does once it is closed")
    void closeUnbegun() {
        Generator<Integer> generator = guarded();
        generator.close();
        assertThat(generator.isDone()).isTrue();
        assertThat(generator.hasNext()).isFalse();
        assertThat(log).isEmpty();
    }

    @Test
    @DisplayName("GeneratorExit survives catch (Exception), and a body that catches it may return a result")
    void generatorExit() {
        Generator<Integer> generator = Generator.of(out -> {
            try {
                out.yield(1);
            } catch (Exception e) {
                log.add(e);
            } catch (GeneratorExit e) {
                return "closed in time";
            }
            return "not closed";
        });
        generator.next();
        generator.close();
        assertThat(log).isEmpty();
        assertThat(generator.result()).isEqualTo("closed in time");
    }

    @Test
    @DisplayName("a body that yields instead of ending makes close fail, and may be closed again")
    void ignoresClose() {
        Generator<Integer> stubborn = Generator.of(out -> {
            try {
                out.yield(1);
            } finally {
                out.yield(2);
            }
        });
        stubborn.next();
        assertThatIllegalStateException().isThrownBy(stubborn::close).withMessageContaining("ignored GeneratorExit");
        assertThat(stubborn.isDone()).isFalse();
        stubborn.close();
        assertThat(stubborn.isDone()).isTrue();
    }

    @Test
    @DisplayName("a failure of the cleaning up comes out of close")
    void closeFails() {
        IllegalArgumentException failure = new IllegalArgumentException();
        Generator<Integer> generator = Generator.of(out -> {
            try {
                out.yield(1);
            } finally {
                log.add("failing");
                fail(failure);
            }
        });
        generator.next();
        assertThatThrownBy(generator::close).isSameAs(failure);
        assertThat(generator.isDone()).isTrue();
    }

    private static void fail(RuntimeException failure) {
        throw failure;
    }
}
