package io.loomloop.coroutine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Generators as sequences, and as something to talk to. */
class GeneratorTest {
    private final List<Object> log = new ArrayList<>();

    private static Generator<Integer> upTo(int end) {
        return Generator.of(out -> {
            for (int i = 0; i < end; i++) {
                out.yield(i);
            }
            return "end";
        });
    }

    // ---- a sequence

    @Test
    @DisplayName("a loop sees the items in order, and the result is there at the end")
    void loop() {
        Generator<Integer> numbers = upTo(3);
        for (int number : numbers) {
            log.add(number);
        }
        assertThat(log).containsExactly(0, 1, 2);
        assertThat(numbers.isDone()).isTrue();
        assertThat(numbers.result()).isEqualTo("end");
    }

    @Test
    @DisplayName("nothing runs before the first item is asked for, and nothing beyond the item that was asked for")
    void lazy() {
        Generator<String> generator = Generator.of(out -> {
            log.add("began");
            out.yield("a");
            log.add("went on");
            out.yield("b");
        });
        assertThat(log).isEmpty();
        assertThat(generator.next()).isEqualTo("a");
        assertThat(log).containsExactly("began");
        assertThat(generator.next()).isEqualTo("b");
        assertThat(log).containsExactly("began", "went on");
        assertThat(generator.isDone()).isFalse();
        assertThat(generator.hasNext()).isFalse();
        assertThat(generator.isDone()).isTrue();
    }

    @Test
    @DisplayName("hasNext may be asked any number of times, and drops no item")
    void hasNext() {
        Generator<Integer> numbers = upTo(2);
        assertThat(numbers.hasNext()).isTrue();
        assertThat(numbers.hasNext()).isTrue();
        assertThat(numbers.next()).isZero();
        assertThat(numbers.next()).isEqualTo(1);
        assertThat(numbers.hasNext()).isFalse();
        assertThat(numbers.hasNext()).isFalse();
        assertThatThrownBy(numbers::next).isInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(() -> numbers.send(1)).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("a second loop goes on where the first one stopped")
    void ownIterator() {
        Generator<Integer> numbers = upTo(4);
        for (int number : numbers) {
            if (number == 1) {
                break;
            }
        }
        assertThat(numbers).containsExactly(2, 3);
    }

    @Test
    @DisplayName("items may be null, and so may the result")
    void nulls() {
        Generator<String> generator = Generator.of(out -> {
            out.yield(null);
            out.yield("x");
            out.yield(null);
        });
        List<String> items = new ArrayList<>();
        generator.forEach(items::add);
        assertThat(items).containsExactly(null, "x", null);
        assertThat(generator.result()).isNull();
    }

    @Test
    @DisplayName("a lambda that never ends, and one that is a single call, are bodies too")
    void shapesOfLambdas() {
        Generator<Integer> endless = Generator.of(out -> {
            for (int i = 0; ; i++) {
                out.yield(i);
            }
        });
        Generator<Integer> single = Generator.of(out -> out.yield(5));
        assertThat(endless.stream().skip(10).limit(2)).containsExactly(10, 11);
        assertThat(single).containsExactly(5);
        endless.close();
    }

    @Test
    @DisplayName("a stream takes no more items than it needs, and closes the generator")
    void stream() {
        Generator<Integer> numbers = upTo(100);
        try (var stream = numbers.stream()) {
            assertThat(stream.filter(n -> n % 2 == 1).map(n -> n * n).limit(3)).containsExactly(1, 9, 25);
        }
        assertThat(numbers.isDone()).isTrue();
        assertThatIllegalStateException().isThrownBy(numbers::result).withMessageContaining("closed");
    }

    @Test
    @DisplayName("a yield stops the body from deep in its calls")
    void deepYield() {
        Generator<Integer> generator = Generator.of(out -> deep(out, 1000));
        assertThat(generator).containsExactly(1000, 1001, 0, 1);
    }

    private static void deep(Yielder<Integer, ?> out, int depth) {
        if (depth == 0) {
            out.yield(1000);
            out.yield(1001);
        } else {
            deep(out, depth - 1);
        }
        if (depth < 2) {
            out.yield(depth);
        }
    }

    @Test
    @DisplayName("a million items need no more stack than one")
    void millionItems() {
        Generator<Integer> numbers = upTo(1_000_000);
        long sum = 0;
        for (int number : numbers) {
            sum += number;
        }
        assertThat(sum).isEqualTo(499_999_500_000L);
    }

    @Test
    @DisplayName("100,000 generators may be under way at once")
    void manyGenerators() {
        List<Generator<Integer>> generators = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            Generator<Integer> generator = upTo(2);
            assertThat(generator.next()).isZero();
            generators.add(generator);
        }
        for (Generator<Integer> generator : generators) {
            assertThat(generator.next()).isEqualTo(1);
            generator.close();
        }
    }

    // ---- sending and throwing

    @Test
    @DisplayName("what is sent is what the yield returns")
    void send() {
        Generator<String> echo = Generator.of(out -> {
            Object got = out.yield("first");
            while (got != null) {
                got = out.yield("got " + got);
            }
        });
        assertThat(echo.next()).isEqualTo("first");
        assertThat(echo.send(1)).isEqualTo("got 1");
        assertThat(echo.send("two")).isEqualTo("got two");
        assertThatThrownBy(echo::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("only null can be sent to a generator that has not begun, and a refusal leaves it as it was")
    void sendTooEarly() {
        Generator<Integer> numbers = upTo(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> numbers.send(5))
                .withMessageContaining("just-started generator");
        assertThat(numbers.send(null)).isZero();
    }

    @Test
    @DisplayName("after hasNext has run ahead, send and throwInto are refused until the item is taken")
    void sendAfterHasNext() {
        Generator<Integer> numbers = upTo(3);
        assertThat(numbers.hasNext()).isTrue();
        assertThatIllegalStateException()
                .isThrownBy(() -> numbers.send(null))
                .withMessageContaining("take it with next");
        assertThatIllegalStateException()
                .isThrownBy(() -> numbers.throwInto(new IllegalArgumentException()))
                .withMessageContaining("take it with next");
        assertThat(numbers.next()).isZero();
        assertThat(numbers.send("x")).isEqualTo(1);
    }

    @Test
    @DisplayName("an exception is thrown out of the yield, the same instance, and the body may go on")
    void throwInto() {
        Generator<Object> catching = Generator.of(out -> {
            try {
                out.yield("first");
            } catch (IllegalArgumentException e) {
                out.yield(e);
            }
            return "end";
        });
        IllegalArgumentException exception = new IllegalArgumentException();
        catching.next();
        assertThat(catching.throwInto(exception)).isSameAs(exception);
        assertThat(catching.hasNext()).isFalse();
        assertThat(catching.result()).isEqualTo("end");
    }

    @Test
    @DisplayName("a body that does not catch what was thrown in has ended, and its finally blocks have run")
    void throwIntoUncaught() {
        Generator<Integer> generator = guarded();
        generator.next();
        IllegalArgumentException exception = new IllegalArgumentException();
        assertThatThrownBy(() -> generator.throwInto(exception)).isSameAs(exception);
        assertThat(log).containsExactly("cleaned up");
        assertThat(generator.hasNext()).isFalse();
        assertThatIllegalStateException().isThrownBy(generator::result).withMessageContaining("failed");
    }

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
    @DisplayName("an exception for a body that has not begun, or has ended, comes back to the caller")
    void throwIntoNobody() {
        Generator<Integer> generator = guarded();
        Error exception = new Error();
        assertThatThrownBy(() -> generator.throwInto(exception)).isSameAs(exception);
        assertThat(log).isEmpty();
        assertThat(generator.isDone()).isTrue();
        assertThatThrownBy(() -> generator.throwInto(exception)).isSameAs(exception);
        assertThatThrownBy(() -> generator.throwInto(new IOException("a"))).hasRootCauseMessage("a");
    }

    @Test
    @DisplayName("checked exceptions are wrapped in CompletionException on their way in, and on their way out")
    void checkedExceptions() {
        Generator<Object> generator = Generator.of(out -> {
            try {
                out.yield("first");
            } catch (CompletionException e) {
                out.yield(e.getCause());
            }
            throw new IOException("out");
        });
        generator.next();
        IOException in = new IOException("in");
        assertThat(generator.throwInto(in)).isSameAs(in);
        assertThatThrownBy(generator::next)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessage("out");
    }

    @Test
    @DisplayName("what the body throws comes out of next, and then the sequence is over")
    void failure() {
        IllegalArgumentException failure = new IllegalArgumentException();
        Generator<Integer> generator = Generator.of(out -> {
            out.yield(1);
            throw failure;
        });
        Iterator<Integer> iterator = generator.iterator();
        iterator.next();
        assertThatThrownBy(iterator::hasNext).isSameAs(failure);
        assertThat(iterator.hasNext()).isFalse();
        assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("a NoSuchElementException of the body is not mistaken for the end")
    void strayEnd() {
        Generator<Integer> generator = Generator.of(out -> {
            out.yield(1);
            List.<Integer>of().iterator().next();
        });
        generator.next();
        assertThatIllegalStateException().isThrownBy(generator::next).withCauseInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("a stack overflow in the body comes out like any failure")
    void stackOverflow() {
        Generator<Integer> generator = Generator.of(out -> {
            out.yield(1);
            overflow(0);
        });
        generator.next();
        assertThatThrownBy(generator::next).isInstanceOf(StackOverflowError.class);
        assertThat(generator.isDone()).isTrue();
        assertThat(upTo(2)).containsExactly(0, 1);
    }

    private static int overflow(int depth) {
        return depth == Integer.MAX_VALUE ? 0 : overflow(depth + 1) + 1;
    }

    @Test
    @DisplayName("generators nested until the stack is full fail with a StackOverflowError, and others go on")
    void nestedTooDeep() {
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> nested(0).next()).isInstanceOf(StackOverflowError.class);
        }
        assertThat(upTo(2)).containsExactly(0, 1);
    }

    private static Generator<Integer> nested(int depth) {
        return Generator.of(out -> out.yieldFrom(nested(depth + 1)));
    }

    // ---- misuse

    @Test
    @DisplayName("a body cannot drive, nor close, its own generator")
    void reentrance() {
        List<Generator<Integer>> self = new ArrayList<>();
        self.add(Generator.of(out -> {
            for (Runnable misuse : List.<Runnable>of(
                    self.get(0)::next,
                    self.get(0)::hasNext,
                    self.get(0)::close,
                    () -> self.get(0).send(null))) {
                assertThatIllegalStateException().isThrownBy(misuse::run).withMessageContaining("already executing");
            }
            out.yield(1);
        }));
        assertThat(self.get(0)).containsExactly(1);
    }

    @Test
    @DisplayName(
            "only the body itself may yield: not its driver, not the body of a generator inside of it, not after its end")
    void foreignYield() {
        List<Yielder<Integer, Object>> yielders = new ArrayList<>();
        Generator<Integer> outer = Generator.of(out -> {
            yielders.add(out);
            Generator<Integer> inner = Generator.of(unused -> out.yield(-1));
            assertThatIllegalStateException().isThrownBy(inner::next).withMessageContaining("only the body");
            out.yield(1);
        });
        assertThat(outer.next()).isEqualTo(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> yielders.get(0).yield(2))
                .withMessageContaining("only the body");
        assertThat(outer.hasNext()).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> yielders.get(0).yield(2))
                .withMessageContaining("only the body");
    }

    @Test
    @DisplayName("toString says how far it is")
    void text() {
        Generator<Integer> numbers = upTo(1);
        assertThat(numbers).hasToString("generator[created]");
        numbers.next();
        assertThat(numbers).hasToString("generator[suspended]");
        numbers.close();
        assertThat(numbers).hasToString("generator[done]");
    }

    @Test
    @DisplayName("the tests run with java.lang opened, and the report says so")
    void report() {
        assertThat(Generator.isSupported()).isTrue();
        assertThat(Generator.supportReport())
                .startsWith("generators and coroutines of loomloop on JDK " + Runtime.version())
                .endsWith("supported, access way 'opens'");
    }
}
