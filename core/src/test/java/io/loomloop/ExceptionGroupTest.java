package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Groups of exceptions, as PEP 654 has them. */
class ExceptionGroupTest {
    private final IOException io = new IOException("io");
    private final IOException io2 = new IOException("io2");
    private final IllegalArgumentException argument = new IllegalArgumentException("argument");
    private final AssertionError error = new AssertionError("error");

    private final ExceptionGroup inner = new ExceptionGroup("inner", List.of(io2, argument));
    private final ExceptionGroup group = new ExceptionGroup("outer", List.of(io, inner, error));

    @Test
    @DisplayName("the message counts the members, as Python's does")
    void message() {
        assertThat(group).hasMessage("outer (3 sub-exceptions)");
        assertThat(group).hasToString("io.loomloop.ExceptionGroup: outer (3 sub-exceptions)");
        assertThat(new ExceptionGroup("one", List.of(io))).hasMessage("one (1 sub-exception)");
        assertThat(group.headline()).isEqualTo("outer");
    }

    @Test
    @DisplayName("the members keep their order, are a copy, and cannot be changed")
    void members() {
        List<Throwable> given = new ArrayList<>(List.of(io, argument));
        ExceptionGroup made = new ExceptionGroup("made", given);
        given.clear();
        assertThat(made.exceptions()).containsExactly(io, argument);
        assertThatThrownBy(() -> made.exceptions().add(io)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> made.exceptions().set(0, argument)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> group.leaves().set(0, argument)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    @DisplayName("a group of nothing is refused, and so is a null in it")
    void emptyGroups() {
        assertThatThrownBy(() -> new ExceptionGroup("nothing", List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing");
        assertThatThrownBy(() -> new ExceptionGroup("null", Arrays.asList(io, null)))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("null");
    }

    @Test
    @DisplayName("a stack trace shows each member once, nested ones too")
    void stackTrace() {
        StringWriter text = new StringWriter();
        group.printStackTrace(new PrintWriter(text, true));
        for (String line : List.of(
                "Suppressed: java.io.IOException: io\n",
                "Suppressed: java.io.IOException: io2\n",
                "Suppressed: java.lang.IllegalArgumentException: argument\n",
                "Suppressed: java.lang.AssertionError: error\n",
                "Suppressed: io.loomloop.ExceptionGroup: inner (2 sub-exceptions)\n")) {
            assertThat(text.toString().replace(System.lineSeparator(), "\n").split(Pattern.quote(line), -1))
                    .as(line)
                    .hasSize(2);
        }
        assertThat(text.toString()).doesNotContain("CIRCULAR");
    }

    @Test
    @DisplayName("the leaves are the members that are no groups, in order")
    void leaves() {
        assertThat(group.leaves()).containsExactly(io, io2, argument, error);
    }

    @Test
    @DisplayName("leaves of a group nested 100,000 deep: no recursion")
    void deepLeaves() {
        Throwable deep = io;
        for (int i = 0; i < 100_000; i++) {
            deep = new ExceptionGroup("deep", List.of(deep));
        }
        assertThat(((ExceptionGroup) deep).leaves()).containsExactly(io);
    }

    @Test
    @DisplayName("split by type keeps the nesting in both parts")
    void splitByType() {
        ExceptionGroup.Split parts = group.split(IOException.class);
        assertThat(parts.match().exceptions()).hasSize(2);
        assertThat(parts.match().exceptions().get(0)).isSameAs(io);
        assertThat(((ExceptionGroup) parts.match().exceptions().get(1)).exceptions())
                .containsExactly(io2);
        assertThat(parts.match()).hasMessage("outer (2 sub-exceptions)");
        assertThat(parts.match().exceptions().get(1)).hasMessage("inner (1 sub-exception)");
        assertThat(parts.rest().exceptions()).hasSize(2);
        assertThat(((ExceptionGroup) parts.rest().exceptions().get(0)).exceptions())
                .containsExactly(argument);
        assertThat(parts.rest().exceptions().get(1)).isSameAs(error);
        assertThat(group.exceptions()).containsExactly(io, inner, error);
    }

    @Test
    @DisplayName("a part has the stack trace and the cause of the whole")
    void partsTellWhereTheyCameFrom() {
        group.initCause(new IllegalStateException("cause"));
        ExceptionGroup part = group.subgroup(IOException.class);
        assertThat(part.getStackTrace()).isEqualTo(group.getStackTrace());
        assertThat(part).hasCause(group.getCause());
        assertThat(part.getSuppressed()).containsExactlyElementsOf(part.exceptions());
    }

    @Test
    @DisplayName("when all matches the whole is returned, and no rest; when nothing does, no match")
    void allOrNothing() {
        assertThat(group.split(Throwable.class)).isEqualTo(new ExceptionGroup.Split(group, null));
        assertThat(group.split(leaf -> !(leaf instanceof ExceptionGroup)))
                .isEqualTo(new ExceptionGroup.Split(group, null));
        assertThat(group.split(InterruptedException.class)).isEqualTo(new ExceptionGroup.Split(null, group));
        assertThat(group.subgroup(InterruptedException.class)).isNull();
        assertThat(group.subgroup(e -> false)).isNull();
    }

    @Test
    @DisplayName("the condition is asked for groups first, which match as a whole")
    void conditionsOnGroups() {
        ExceptionGroup.Split parts = group.split(e -> "inner (2 sub-exceptions)".equals(e.getMessage()));
        assertThat(parts.match().exceptions()).containsExactly(inner);
        assertThat(parts.rest().exceptions()).containsExactly(io, error);
        assertThat(group.split(ExceptionGroup.class).match()).isSameAs(group);
    }

    @Test
    @DisplayName("by type the members decide, also for the types that a group itself has")
    void typesOfGroups() {
        ExceptionGroup.Split unchecked = group.split(RuntimeException.class);
        assertThat(unchecked.match().leaves()).containsExactly(argument);
        assertThat(unchecked.rest().leaves()).containsExactly(io, io2, error);
        assertThat(group.subgroup(Exception.class).leaves()).containsExactly(io, io2, argument);
        assertThat(group.split(Exception.class).rest().leaves()).containsExactly(error);
        assertThat(new ExceptionGroup("unchecked", List.of(inner))
                        .subgroup(RuntimeException.class)
                        .leaves())
                .containsExactly(argument);
    }

    @Test
    @DisplayName("what a condition throws is thrown")
    void failingConditions() {
        assertThatThrownBy(() -> group.split(e -> {
                    throw argument;
                }))
                .isSameAs(argument);
    }

    @Test
    @DisplayName("a group survives serialization")
    void serialization() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(group);
        ExceptionGroup copy =
                (ExceptionGroup) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertThat(copy).hasMessage(group.getMessage());
        assertThat(copy.leaves()).extracting(Throwable::getMessage).containsExactly("io", "io2", "argument", "error");
    }
}
