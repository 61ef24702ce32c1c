package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How the JDK's scheduler is reached. */
class VirtualThreadsTest {
    /** What a JDK with a public scheduler method might look like. */
    public interface BuilderWithScheduler {
        Thread.Builder.OfVirtual scheduler(Executor scheduler);
    }

    @Test
    @DisplayName("the tests run with the package opened, and the report says so")
    void theReport() {
        assertThat(EventLoop.isSupported()).isTrue();
        assertThat(EventLoop.supportReport())
                .startsWith("loomloop on JDK " + Runtime.version())
                .contains("supported, access way 'opens'")
                .contains("public: Thread.Builder.OfVirtual has no scheduler(Executor)")
                .doesNotContain("not supported")
                .doesNotContain("Surefire");
        VirtualThreads.requireSupported();
    }

    @Test
    @DisplayName("a builder with a public scheduler method is preferred to the private factory")
    void thePublicWay() {
        assertThat(new VirtualThreads(BuilderWithScheduler.class).describe()).contains("access way 'public'");
        assertThat(new VirtualThreads(Thread.Builder.OfVirtual.class).describe())
                .contains("access way 'opens'");
    }

    @Test
    @DisplayName("a scheduler method of another shape is not used, and the report says why")
    void aMethodOfAnotherShape() {
        interface Strange {
            @SuppressWarnings("unused") // found by reflection
            String scheduler(Executor scheduler);
        }
        assertThat(new VirtualThreads(Strange.class).describe())
                .contains("access way 'opens'")
                .contains("public: ");
    }

    @Test
    @DisplayName("each continuation of a thread is given to its scheduler, and the name is the thread's")
    void schedulersGetContinuations() {
        List<Runnable> continuations = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        Thread thread = VirtualThreads.newThread(continuations::add, "the name", () -> {
            seen.add("first");
            Thread.yield();
            seen.add("second");
        });
        assertThat(thread.isVirtual()).isTrue();
        assertThat(thread.getName()).isEqualTo("the name");
        assertThat(continuations).isEmpty();
        thread.start();
        while (!continuations.isEmpty()) {
            continuations.remove(0).run();
        }
        assertThat(seen).containsExactly("first", "second");
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    @DisplayName("tasks do not inherit thread locals")
    void inheritableThreadLocals() {
        InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
        local.set("of the creator");
        String inTask = EventLoop.run(local::get);
        assertThat(inTask).isNull();
    }

    @Test
    @DisplayName("tasks have the context class loader of their creator")
    void contextClassLoader() {
        Thread self = Thread.currentThread();
        ClassLoader before = self.getContextClassLoader();
        ClassLoader special = new ClassLoader(before) {};
        self.setContextClassLoader(special);
        try {
            assertThat(EventLoop.<ClassLoader, RuntimeException>run(
                            () -> Thread.currentThread().getContextClassLoader()))
                    .isSameAs(special);
        } finally {
            self.setContextClassLoader(before);
        }
    }

    @Test
    @DisplayName("tasks recurse as deep as the stack of the loop thread allows, and the loop survives the overflow")
    void stackSize() {
        int small = EventLoop.builder().stackSize(1 << 18).<Integer, RuntimeException>run(VirtualThreadsTest::depth);
        int large = EventLoop.builder().stackSize(1 << 24).<Integer, RuntimeException>run(VirtualThreadsTest::depth);
        assertThat(large).isGreaterThan(small * 4);
    }

    private static int depth() {
        int[] depth = new int[1];
        assertThatThrownBy(() -> recurse(depth)).isInstanceOf(StackOverflowError.class);
        return Async.createTask(() -> depth[0]).await();
    }

    private static void recurse(int[] depth) {
        if (depth[0]++ < Integer.MAX_VALUE - 1) {
            recurse(depth);
        }
    }
}
