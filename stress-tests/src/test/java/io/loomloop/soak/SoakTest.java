package io.loomloop.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.check.ChildJvm;
import io.loomloop.check.Seeds;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short form of {@link Soak}, and the proof that it finds something. */
class SoakTest {
    private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

    @Test
    @DisplayName("all programs run side by side, nothing is lost, and nothing grows")
    void everyProgram() throws Exception {
        long seed = Seeds.seed();
        Run run = new Run(Soak.programs(), seed, Duration.ofSeconds(6), Duration.ofSeconds(60), NOWHERE);
        List<String> wrong = run.run(SoakTest::fail);
        assertThat(wrong).as("seed %d, samples %s", seed, run.samples()).isEmpty();
        assertThat(run.operations()).isPositive();
    }

    private static void fail(String stalled) {
        System.out.println(stalled);
        Runtime.getRuntime().halt(2); // what stands still would keep the build from ending
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HANGS", "LEAVES_TASK"})
    @DisplayName("a program with a fault is found, and what is wrong is said")
    void broken(Broken program) throws Exception {
        Run run = new Run(
                Map.of("broken", program), Seeds.seed(), Duration.ofMillis(200), Duration.ofSeconds(60), NOWHERE);
        try {
            assertThat(run.run(SoakTest::fail))
                    .first()
                    .asString()
                    .contains(
                            switch (program) {
                                case MISCOUNTS -> "completions should be 2 and is 1";
                                case FAILS_ASIDE -> "nobody expected";
                                case KEEPS_HEAP -> "the used heap";
                                case KEEPS_BUFFERS -> "the direct buffers";
                                case KEEPS_THREADS -> "the platform threads grew";
                                case KEEPS_VIRTUAL_THREADS -> "the virtual threads grew";
                                case KEEPS_DESCRIPTORS -> "the open file descriptors grew";
                                case HANGS, LEAVES_TASK -> throw new AssertionError(program);
                            });
        } finally {
            program.release();
        }
    }

    @Test
    @DisplayName("the whole command ends with 1, a sentence and the seed when something has grown")
    void exitCode() throws Exception {
        ChildJvm.Result result =
                ChildJvm.run(Soak.class, "-Dprograms=pingpong,KEEPS_DESCRIPTORS", "-Dminutes=0.01", "-Dseed=42");
        assertThat(result.exitCode()).as(result.output()).isEqualTo(1);
        assertThat(result.output())
                .contains("the open file descriptors grew")
                .contains("failed")
                .contains("seed 42");
    }

    @Test
    @DisplayName(
            "a program that stands still is found: the command ends with 2 and shows all threads, virtual ones too")
    void standstill() throws Exception {
        ChildJvm.Result result = ChildJvm.run(Soak.class, "-Dprograms=HANGS", "-Dminutes=0.01", "-Dpatience=2");
        assertThat(result.exitCode()).as(result.output()).isEqualTo(2);
        assertThat(result.output())
                .contains("HANGS has made no progress")
                .contains("waits for ever")
                .contains("virtual");
    }

    @Test
    @DisplayName("a task that is left on a loop which goes on is found")
    void taskLeft() throws Exception {
        ChildJvm.Result result = ChildJvm.run(Soak.class, "-Dprograms=LEAVES_TASK", "-Dminutes=0.01", "-Dpatience=2");
        assertThat(result.exitCode()).as(result.output()).isEqualTo(2);
        assertThat(result.output()).contains("do not come to rest").contains("left behind");
    }
}
