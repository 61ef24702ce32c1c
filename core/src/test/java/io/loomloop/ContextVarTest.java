package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Context variables and contexts by themselves, on a thread without a loop. */
class ContextVarTest {
    private static final ContextVar<String> PLAIN = ContextVar.of("plain");
    private static final ContextVar<String> WITH_DEFAULT = ContextVar.of("with default", "default");

    private static <X extends Exception> void fresh(VoidBody<X> body) throws X {
        Context.empty().run(body);
    }

    @Test
    @DisplayName("a variable without a value says its name; a default or an argument stands in, and the argument wins")
    void missingValues() {
        fresh(() -> {
            assertThatThrownBy(PLAIN::get)
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("'plain'");
            assertThat(PLAIN.get("given")).isEqualTo("given");
            assertThat(WITH_DEFAULT.get()).isEqualTo("default");
            assertThat(WITH_DEFAULT.get("given")).isEqualTo("given");
            WITH_DEFAULT.set("set");
            assertThat(WITH_DEFAULT.get()).isEqualTo("set");
            assertThat(WITH_DEFAULT.get("given")).isEqualTo("set");
        });
    }

    @Test
    @DisplayName("null is a value, and may be a default")
    void nullValues() {
        fresh(() -> {
            ContextVar<@Nullable String> variable = ContextVar.of("nullable");
            ContextVar<@Nullable String> other = ContextVar.of("nullable", null);
            variable.set(null);
            assertThat(variable.get()).isNull();
            assertThat(variable.get("given")).isNull();
            assertThat(other.get()).isNull();
            assertThat(Context.copyOfCurrent().variables()).hasSize(1);
            assertThat(Context.copyOfCurrent().contains(variable)).isTrue();
            assertThat(Context.copyOfCurrent().contains(other)).isFalse();
        });
    }

    @Test
    @DisplayName("reset brings back the value from before, or its absence")
    void reset() {
        fresh(() -> {
            ContextVar.Token<String> first = PLAIN.set("1");
            ContextVar.Token<String> second = PLAIN.set("2");
            assertThat(first.hasOldValue()).isFalse();
            assertThatThrownBy(first::oldValue).isInstanceOf(NoSuchElementException.class);
            assertThat(second.oldValue()).isEqualTo("1");
            assertThat(second.variable()).isSameAs(PLAIN);
            PLAIN.reset(second);
            assertThat(PLAIN.get()).isEqualTo("1");
            PLAIN.reset(first);
            assertThat(PLAIN.get("none")).isEqualTo("none");
            assertThat(Context.copyOfCurrent().size()).isZero();
        });
    }

    @Test
    @DisplayName("a token is good for one reset, of its own variable, in its own context")
    void badTokens() {
        fresh(() -> {
            ContextVar.Token<String> token = PLAIN.set("1");
            assertThatThrownBy(() -> WITH_DEFAULT.reset(token))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("was created by a different ContextVar");
            assertThatThrownBy(() -> Context.copyOfCurrent().run(() -> PLAIN.reset(token)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("was created in a different Context");
            assertThat(PLAIN.get()).isEqualTo("1");
            PLAIN.reset(token);
            assertThatThrownBy(() -> PLAIN.reset(token))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has already been used once");
        });
    }

    @Test
    @DisplayName("what runs in a context changes that context alone, and its result or exception comes back as it is")
    void run() {
        fresh(() -> {
            PLAIN.set("mine");
            Context copy = Context.copyOfCurrent();
            String seen = copy.run(() -> {
                String before = PLAIN.get();
                PLAIN.set("changed");
                return before;
            });
            assertThat(seen).isEqualTo("mine");
            assertThat(PLAIN.get()).isEqualTo("mine");
            assertThat(copy.get(PLAIN)).isEqualTo("changed");
            IOException failure = new IOException("thrown");
            assertThatThrownBy(() -> copy.run(() -> {
                        throw failure;
                    }))
                    .isSameAs(failure);
            assertThat(PLAIN.get()).isEqualTo("mine");
            assertThat(copy.run(() -> PLAIN.get())).isEqualTo("changed");
        });
    }

    @Test
    @DisplayName("a context that is entered cannot be entered again, by its own thread or another")
    void enteredTwice() throws Exception {
        Context context = Context.empty();
        context.run(() -> {
            assertThatThrownBy(() -> context.run(() -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("cannot enter context: " + context + " is already entered");
            Context.empty()
                    .run(() -> assertThatThrownBy(() -> context.run(() -> {}))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("is already entered"));
            List<Throwable> elsewhere = new ArrayList<>();
            Thread other = Thread.ofPlatform().start(() -> {
                try {
                    context.run(() -> {});
                } catch (IllegalStateException e) {
                    elsewhere.add(e);
                }
            });
            other.join();
            assertThat(elsewhere).hasSize(1);
            context.copy().run(() -> {});
        });
        assertThatCode(() -> context.run(() -> {})).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("a copy goes its own way, from either side")
    void copies() {
        Context original = Context.empty();
        original.run(() -> {
            PLAIN.set("1");
        });
        Context copy = original.copy();
        original.run(() -> {
            PLAIN.set("2");
        });
        copy.run(() -> {
            WITH_DEFAULT.set("only here");
        });
        assertThat(original.get(PLAIN)).isEqualTo("2");
        assertThat(copy.get(PLAIN)).isEqualTo("1");
        assertThat(original.get(WITH_DEFAULT, "absent")).isEqualTo("absent");
        assertThatThrownBy(() -> original.get(WITH_DEFAULT))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("'with default'");
        assertThat(copy.variables()).containsExactlyInAnyOrder(PLAIN, WITH_DEFAULT);
        assertThat(copy.size()).isEqualTo(2);
    }

    @Test
    @DisplayName("each thread has a context of its own, empty at first")
    void threads() throws Exception {
        PLAIN.set("of the test");
        List<String> seen = new ArrayList<>();
        Context mine = Context.copyOfCurrent();
        Thread platform = Thread.ofPlatform().start(() -> {
            seen.add(PLAIN.get("none"));
            PLAIN.set("other");
            mine.run(() -> {
                seen.add(PLAIN.get());
            });
            seen.add(PLAIN.get());
        });
        platform.join();
        Thread virtual = Thread.ofVirtual().start(() -> seen.add(PLAIN.get("none")));
        virtual.join();
        assertThat(seen).containsExactly("none", "of the test", "other", "none");
        assertThat(PLAIN.get()).isEqualTo("of the test");
    }

    @Test
    @DisplayName("a thousand variables come and go, each with its own value")
    void manyVariables() {
        List<ContextVar<Integer>> variables = new ArrayList<>();
        List<ContextVar.Token<Integer>> tokens = new ArrayList<>();
        fresh(() -> {
            for (int i = 0; i < 1000; i++) {
                variables.add(ContextVar.of("v" + i));
                tokens.add(variables.get(i).set(i));
            }
            Context full = Context.copyOfCurrent();
            assertThat(full.size()).isEqualTo(1000);
            for (int i = 0; i < 1000; i += 3) {
                variables.get(i).reset(tokens.get(i));
            }
            for (int i = 0; i < 1000; i++) {
                assertThat(variables.get(i).get(-1)).isEqualTo(i % 3 == 0 ? -1 : i);
                assertThat(full.get(variables.get(i))).isEqualTo(i);
            }
            assertThat(Context.copyOfCurrent().variables()).hasSize(666);
        });
    }
}
