package io.loomloop.nio;

import com.sun.management.OperatingSystemMXBean;
import io.loomloop.Async;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** The child of {@link AcceptErrorTest}: an echo server that runs out of descriptors. */
final class TooManyFiles {
    private TooManyFiles() {}

    public static void main(String[] args) throws Exception {
        AtomicInteger reports = new AtomicInteger();
        EventLoop loop = EventLoop.builder()
                .exceptionHandler((where, error) -> report(error, reports))
                .start();
        Server server = loop.createTask(() -> Streams.startServer(
                        TooManyFiles::echo, "127.0.0.1", 0, StreamOptions.DEFAULT.withBacklog(1000)))
                .get();
        loadFromDirectory(EventLoop.class);
        loadFromDirectory(Streams.class);
        // The classes of the JDK that an accepted client needs, and those of the failure.
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
        Class.forName(Heartbeat.class.getName() + "$Stall"); // not only when it is needed
        Duration unused = new Heartbeat(loop).worst(); // loads what it needs
        Heartbeat heartbeat = new Heartbeat(loop);
        System.out.println(server.port());
        while (System.in.read() >= 0) {}
        Duration worst = heartbeat.worst();
        System.out.println(worst.compareTo(Heartbeat.ALLOWED) < 0 ? "the heart has beaten" : "late by " + worst);
        System.out.println(reports.get() + " report");
        loop.close();
    }

    private static void echo(StreamReader reader, StreamWriter writer) throws IOException {
        for (byte[] data = reader.read(100); data.length > 0; data = reader.read(100)) {
            writer.write(data);
            writer.drain();
        }
    }

    /** Loads all classes beside this one, unless they are in a jar: a directory takes a descriptor for each. */
    private static void loadFromDirectory(Class<?> one) throws Exception {
        Path home =
                Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (!Files.isDirectory(home)) {
            return;
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".class")).toList()) {
                String name = home.relativize(file).toString().replace('/', '.').replaceFirst("\\.class$", "");
                if (!name.equals("module-info") && !name.startsWith("io.loomloop.testing.")) { // those need JUnit
                    Class.forName(name);
                }
            }
        }
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
