package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("The selector thread")
class SelectorThreadTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("sleeps on after an interrupt")
    void interrupt() throws Exception {
        check.call(() -> SocketEngine.of(check.loop()));
        Thread thread = Thread.getAllStackTraces().keySet().stream()
                .filter(other -> other.getName().equals(check.loop().name() + "-selector"))
                .findFirst()
                .orElseThrow();
        thread.interrupt();
        LoopCheck.awaitTrue("the interrupt is taken", () -> !thread.isInterrupted());
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getThreadCpuTime(thread.threadId());
        LockSupport.parkNanos(300_000_000);
        assertThat(threads.getThreadCpuTime(thread.threadId()) - before).isLessThan(50_000_000);
    }
}
