package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The order of events that threads race for elsewhere, one after another. */
@DisplayName("Outcome: a failure is told or reported, not both")
class OutcomeTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private final IOException failure = new IOException("broken");
    private Outcome outcome;

    @BeforeEach
    void make() throws Exception {
        outcome = new Outcome(check.call(() -> SocketEngine.of(check.loop())));
    }

    /** Lets the loop run what it was given. */
    private void settle() throws Exception {
        check.run(() -> {});
        check.loop().close();
    }

    @Test
    @DisplayName("told before the bytes were dropped")
    void toldFirst() throws Exception {
        outcome.fail(failure);
        assertThatThrownBy(outcome::throwIfFailed)
                .hasMessageContaining("broken")
                .hasCause(failure);
        outcome.noteDropped(5, "it");
        outcome.giveUp();
        outcome.reportLossSoon();
        settle();
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("told after the bytes were dropped, before the report")
    void toldInTime() throws Exception {
        outcome.fail(failure);
        outcome.noteDropped(5, "it");
        assertThatThrownBy(outcome::throwIfFailed).isInstanceOf(IOException.class);
        outcome.giveUp();
        outcome.reportLossSoon();
        settle();
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("reported, once, when it is given up and nobody was told")
    void reported() throws Exception {
        outcome.fail(failure);
        outcome.fail(new IOException("a second failure"));
        outcome.noteDropped(5, "it");
        outcome.reportLossSoon();
        check.run(() -> {});
        assertThat(check.errors()).as("the user may still ask").isEmpty();
        outcome.giveUp();
        outcome.reportLossSoon();
        outcome.reportLossSoon();
        assertThat(check.takeError().message()).isEqualTo("5 bytes were not sent by it: broken");
        settle();
    }

    @Test
    @DisplayName("what was aborted does not fail")
    void aborted() throws Exception {
        outcome.abort();
        outcome.fail(failure);
        outcome.noteDropped(5, "it");
        assertThatCode(outcome::throwIfFailed).doesNotThrowAnyException();
        assertThat(outcome.isAborted()).isTrue();
        settle();
    }
}
