package io.loomloop.nio;

import com.sun.management.OperatingSystemMXBean;
import io.loomloop.Async;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** The child of {@link AcceptErrorTest}: an echo server that runs out of descriptors. */
final class TooManyFiles {
    private TooManyFiles() {}

    public static void main(String[] args) throws Exception {
        AtomicInteger reports = new AtomicInteger();
        EventLoop loop = EventLoop.builder()
                .exceptionHandler((where, error) -> report(error, reports))
                .start();
        Server server = loop.createTask(() ->
                        Streams.startServer(EchoTest::echo, "127.0.0.1", 0, StreamOptions.DEFAULT.withBacklog(1000)))
                .get();
        // Without descriptors no class can be loaded from a directory: use everything once.
        loop.createTask(() -> {
                    try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                        connection.writer().write("x");
                        connection.reader().read(1);
                        Async.sleep(Duration.ofMillis(1));
                    }
                })
                .get();
        loop.callExceptionHandler(new ErrorContext("warming up", null));
        reports.set(0);
        System.out.println(server.port());
        while (System.in.read() >= 0) {}
        System.out.println(reports.get() + " report");
        loop.close();
    }

    private static void report(ErrorContext error, AtomicInteger reports) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = system.getProcessCpuTime();
        reports.incrementAndGet();
        if (error.exception() == null) {
            return;
        }
        System.out.println(error.message() + ": " + error.exception());
        Async.sleep(Duration.ofMillis(500));
        Duration used = Duration.ofNanos(system.getProcessCpuTime() - before);
        System.out.println(used.toMillis() < 250 ? "idle" : "busy: " + used);
    }
}
