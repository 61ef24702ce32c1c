package io.loomloop.traps;

import static io.loomloop.traps.Scenario.check;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How the JVM's flags decide whether and how loomloop reaches the JDK's scheduler hook. */
class AccessTest {
    @Test
    @DisplayName("with java.lang opened, a loop runs and nothing is printed")
    void opens() {
        ChildJvm.Result result = ChildJvm.of(RunsBy.class)
                .jvmArguments("-Dexpected=opens", "-Dloomloop.access=opens")
                .run()
                .succeeded();
        assertThat(result.err()).isEmpty();
    }

    @Test
    @DisplayName("without any flag, a loop runs; JDK 24 and later print their own warning")
    void unsafe() {
        ChildJvm.Result result = ChildJvm.of(RunsBy.class)
                .withoutOpens()
                .jvmArguments("-Dexpected=unsafe")
                .run()
                .succeeded();
        if (Runtime.version().feature() < 24) {
            assertThat(result.err()).isEmpty();
        } else {
            assertThat(result.err()).contains("sun.misc.Unsafe").doesNotContain("Exception");
        }
    }

    static final class RunsBy {
        public static void main(String[] args) {
            check(EventLoop.isSupported(), "support");
            EventLoop.builder().slowStepThreshold(Duration.ZERO).run(() -> Async.sleep(Duration.ofMillis(1)));
            String way = "access way '" + System.getProperty("expected") + "'";
            check(EventLoop.supportReport().contains(way), way + ", and not " + EventLoop.supportReport());
            check(
                    EventLoop.supportReport().contains("Surefire") == way.contains("unsafe"),
                    "flags where they help: " + EventLoop.supportReport());
        }
    }

    @Test
    @DisplayName("without any way, the first use fails with one message that names the flags")
    void none() {
        ChildJvm.Result result = ChildJvm.of(Fails.class)
                .withoutOpens()
                .jvmArguments("-Dloomloop.access=opens")
                .run();
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEqualTo("not supported\n");
        assertThat(result.err())
                .startsWith("Exception in thread \"main\" java.lang.UnsupportedOperationException: loomloop on JDK ")
                .containsOnlyOnce("not supported")
                .containsOnlyOnce("class path:       " + ChildJvm.OPENS)
                .contains("--add-opens=java.base/java.lang=io.loomloop")
                .contains("JDK_JAVA_OPTIONS", "Add-Opens:", "Surefire", "Gradle")
                .doesNotContain("Caused by", "ExceptionInInitializerError", "NoClassDefFoundError");
    }

    static final class Fails {
        public static void main(String[] args) {
            System.out.println(EventLoop.isSupported() ? "supported" : "not supported");
            EventLoop.run(() -> Async.sleep(Duration.ofMillis(1)));
        }
    }
}
