package io.loomloop.traps;

import static io.loomloop.traps.Scenario.check;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.coroutine.Generator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How the JVM's flags decide whether and how generators reach the JDK's continuations. */
class GeneratorAccessTest {
    private static final String EXPORTS = "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED";

    @Test
    @DisplayName("with java.lang opened, generators run and nothing is printed")
    void opens() {
        ChildJvm.Result result = ChildJvm.of(RunsBy.class)
                .jvmArguments("-Dexpected=opens", "-Dloomloop.access=opens")
                .run()
                .succeeded();
        assertThat(result.err()).isEmpty();
    }

    @Test
    @DisplayName("with jdk.internal.vm exported, generators run and nothing is printed")
    void exports() {
        ChildJvm.Result result = ChildJvm.of(RunsBy.class)
                .withoutOpens()
                .jvmArguments("-Dexpected=exports", EXPORTS)
                .run()
                .succeeded();
        assertThat(result.err()).isEmpty();
    }

    @Test
    @DisplayName("without any flag, generators run; JDK 24 and later print their own warning")
    void unsafe() {
        ChildJvm.Result result = ChildJvm.of(RunsBy.class)
                .withoutOpens()
                .jvmArguments("-Dexpected=unsafe")
                .run()
                .succeeded();
        assertThat(result.err()).doesNotContain("Exception");
    }

    static final class RunsBy {
        public static void main(String[] args) {
            check(Generator.isSupported(), "support");
            Object monitor = new Object();
            Generator<Integer> numbers = Generator.of(out -> {
                out.yield(1);
                out.yield(2);
            });
            synchronized (monitor) {
                check(numbers.next() == 1, "an item");
                check(Thread.holdsLock(monitor), "the monitor");
            }
            check(numbers.next() == 2, "another item");
            check(!numbers.hasNext(), "the end");
            String way = "access way '" + System.getProperty("expected") + "'";
            check(Generator.supportReport().contains(way), way + ", and not " + Generator.supportReport());
            check(
                    Generator.supportReport().contains("Surefire") == way.contains("unsafe"),
                    "flags where they help: " + Generator.supportReport());
        }
    }

    @Test
    @DisplayName("without any way, the first generator fails with one message that names the flags")
    void none() {
        ChildJvm.Result result = ChildJvm.of(Fails.class)
                .withoutOpens()
                .jvmArguments("-Dloomloop.access=opens")
                .run();
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEqualTo("not supported\n");
        assertThat(result.err())
                .startsWith("Exception in thread \"main\" java.lang.UnsupportedOperationException: generators and")
                .containsOnlyOnce("not supported")
                .containsOnlyOnce("class path:       " + ChildJvm.OPENS)
                .contains("--add-opens=java.base/java.lang=io.loomloop", EXPORTS)
                .doesNotContain("Caused by", "ExceptionInInitializerError", "NoClassDefFoundError");
    }

    static final class Fails {
        public static void main(String[] args) {
            System.out.println(Generator.isSupported() ? "supported" : "not supported");
            Generator.of(out -> out.yield(1)).next();
        }
    }

    @Test
    @DisplayName("a program that drives a generator from ever deeper calls until its stack is full goes on afterwards")
    void stackOverflow() {
        ChildJvm.run(Overflows.class);
    }

    static final class Overflows {
        public static void main(String[] args) {
            for (int round = 0; round < 30; round++) {
                Generator<Integer> numbers = Generator.of(out -> {
                    for (int i = 0; ; i++) {
                        out.yield(i);
                    }
                });
                try {
                    recurse(numbers, 0);
                } catch (StackOverflowError e) {
                    // it was the body that found no room, and has ended, or the driver, and it goes on
                    check(numbers.isDone() || numbers.next() > 0, "a generator that can be used");
                }
                numbers.close();
            }
        }

        private static int recurse(Generator<Integer> numbers, int depth) {
            return depth == Integer.MAX_VALUE ? 0 : numbers.next() + recurse(numbers, depth + 1);
        }
    }
}
