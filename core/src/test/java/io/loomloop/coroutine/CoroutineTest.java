package io.loomloop.coroutine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Coroutines driven by hand. */
class CoroutineTest {
    private static Coroutine<String, Integer, Integer> sum() {
        return Coroutine.of(out -> {
            int first = out.yield("first?");
            int second = out.yield("second?");
            return first + second;
        });
    }

    @Test
    @DisplayName("send(null) to a coroutine that returns 1 is the step Returned(1)")
    void returnsAtOnce() {
        Coroutine<String, Integer, Integer> one = Coroutine.of(out -> 1);
        assertThat(one.send(null)).isEqualTo(new Step.Returned<>(1));
        assertThat(one.isDone()).isTrue();
        assertThat(one.result()).isEqualTo(1);
    }

    @Test
    @DisplayName("each send is answered with the next yield, and the last with what the body returns")
    void conversation() {
        Coroutine<String, Integer, Integer> sum = sum();
        assertThat(sum.send(null)).isEqualTo(new Step.Yielded<>("first?"));
        assertThat(sum.send(1)).isEqualTo(new Step.Yielded<>("second?"));
        assertThatIllegalStateException().isThrownBy(sum::result).withMessageContaining("not returned yet");
        assertThat(sum.send(2)).isEqualTo(new Step.Returned<>(3));
        assertThat(sum.result()).isEqualTo(3);
    }

    @Test
    @DisplayName("a step is one of two, and the compiler knows it")
    void steps() {
        Coroutine<String, Integer, Integer> sum = sum();
        List<Object> answers = new ArrayList<>();
        Integer next = null;
        while (!sum.isDone()) {
            switch (sum.send(next)) {
                case Step.Yielded<String, Integer> yielded -> answers.add(yielded.value());
                case Step.Returned<String, Integer> returned -> answers.add(returned.value());
            }
            next = answers.size();
        }
        assertThat(answers).containsExactly("first?", "second?", 3);
    }

    @Test
    @DisplayName("a CancelledException thrown in may be caught, and the body returns all the same")
    void cancelledAndCaught() {
        Coroutine<Integer, Integer, String> coroutine = Coroutine.of(out -> {
            try {
                out.yield(1);
                return "went on";
            } catch (CancelledException e) {
                return "caught " + e.getMessage();
            }
        });
        coroutine.send(null);
        assertThat(coroutine.throwInto(new CancelledException("why"))).isEqualTo(new Step.Returned<>("caught why"));
    }

    @Test
    @DisplayName("a CancelledException that is not caught comes out, the same instance")
    void cancelled() {
        Coroutine<String, Integer, Integer> sum = sum();
        sum.send(null);
        CancelledException cancelled = new CancelledException();
        assertThatThrownBy(() -> sum.throwInto(cancelled)).isSameAs(cancelled);
        assertThat(sum.isDone()).isTrue();
    }

    @Test
    @DisplayName("an exception for a body that has not begun comes back, and the coroutine has ended")
    void throwIntoUnbegun() {
        Coroutine<String, Integer, Integer> sum = sum();
        CancelledException cancelled = new CancelledException();
        assertThatThrownBy(() -> sum.throwInto(cancelled)).isSameAs(cancelled);
        assertThatIllegalStateException().isThrownBy(() -> sum.send(null)).withMessageContaining("ended already");
        assertThatIllegalStateException()
                .isThrownBy(() -> sum.throwInto(cancelled))
                .withMessageContaining("ended already");
    }

    @Test
    @DisplayName("only null can be sent to a coroutine that has not begun")
    void sendTooEarly() {
        Coroutine<String, Integer, Integer> sum = sum();
        assertThatIllegalStateException().isThrownBy(() -> sum.send(1)).withMessageContaining("just-started coroutine");
        assertThat(sum.send(null)).isEqualTo(new Step.Yielded<>("first?"));
    }

    @Test
    @DisplayName("try-with-resources ends a coroutine where it stands")
    void close() {
        List<String> log = new ArrayList<>();
        Coroutine<Integer, Integer, Void> coroutine = Coroutine.of(out -> {
            try {
                for (int i = 0; ; i++) {
                    out.yield(i);
                }
            } finally {
                log.add("cleaned up");
            }
        });
        try (coroutine) {
            coroutine.send(null);
        }
        assertThat(log).containsExactly("cleaned up");
        assertThat(coroutine).hasToString("coroutine[done]");
        assertThatIllegalStateException().isThrownBy(coroutine::result);
    }

    @Test
    @DisplayName("a coroutine may stand in for the body of another one, and its result is an expression there")
    void delegation() {
        Coroutine<String, Integer, String> outer = Coroutine.of(out -> {
            int total = out.yieldFrom(sum());
            return "total " + total;
        });
        assertThat(outer.send(null)).isEqualTo(new Step.Yielded<>("first?"));
        assertThat(outer.send(20)).isEqualTo(new Step.Yielded<>("second?"));
        assertThat(outer.send(22)).isEqualTo(new Step.Returned<>("total 42"));
    }

    @Test
    @DisplayName("delegating to a coroutine that has ended is refused")
    void delegationToEnded() {
        Coroutine<String, Integer, Integer> ended = sum();
        ended.close();
        Coroutine<String, Integer, Integer> outer = Coroutine.of(out -> {
            return out.yieldFrom(ended);
        });
        assertThatIllegalStateException().isThrownBy(() -> outer.send(null)).withMessageContaining("ended already");
    }
}
