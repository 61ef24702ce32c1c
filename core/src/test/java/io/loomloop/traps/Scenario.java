package io.loomloop.traps;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What the programs of {@link ChildJvm} have in common. They run without JUnit and AssertJ. */
final class Scenario {
    /** How long anything may take that takes no time when all is well. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** True on the JDKs where a virtual thread inside {@code synchronized} holds its carrier. */
    static final boolean MONITORS_PIN = Runtime.version().feature() < 24;

    private Scenario() {}

    static void check(boolean holds, String expectation) {
        if (!holds) {
            throw new AssertionError("expected: " + expectation);
        }
    }

    static void until(BooleanSupplier condition, String expectation) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            check(System.nanoTime() - deadline < 0, expectation);
            pause(2);
        }
    }

    static void awaitState(Thread thread, Thread.State... states) {
        until(() -> List.of(states).contains(thread.getState()), thread + " is in " + List.of(states));
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis); // reason: the programs watch real threads, which no virtual clock drives
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static void await(CountDownLatch latch, String expectation) {
        try {
            check(latch.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), expectation);
        } catch (InterruptedException e) {
            throw new AssertionError(expectation, e);
        }
    }

    static void join(Thread thread) {
        try {
            check(thread.join(PATIENCE), thread + " ends");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** True when the loop runs a callback soon. */
    static boolean goesOn(EventLoop loop) {
        CountDownLatch called = new CountDownLatch(1);
        loop.callSoon(called::countDown);
        try {
            return called.await(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Two connected sockets. */
    record Connection(Socket here, Socket there) implements AutoCloseable {
        static Connection open() throws IOException {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                Socket here = new Socket(server.getInetAddress(), server.getLocalPort());
                return new Connection(here, server.accept());
            }
        }

        int read() throws IOException {
            return here.getInputStream().read();
        }

        void write(int value) throws IOException {
            there.getOutputStream().write(value);
        }

        @Override
        public void close() throws IOException {
            here.close();
            there.close();
        }
    }

    /** Virtual threads of the JDK's own scheduler still wait for sockets and monitors, and are woken. */
    static void checkOtherVirtualThreads() throws Exception {
        for (int i = 0; i < 4; i++) {
            try (Connection connection = Connection.open()) {
                Thread reader = Thread.ofVirtual().name("other reader").start(() -> {
                    try {
                        check(connection.read() == 7, "the byte that was written");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                awaitState(reader, Thread.State.WAITING);
                connection.write(7);
                join(reader);
            }
        }
        Object monitor = new Object();
        Thread blocked;
        synchronized (monitor) {
            blocked = Thread.ofVirtual().name("other blocked").start(() -> {
                synchronized (monitor) {
                    monitor.notifyAll();
                }
            });
            awaitState(blocked, Thread.State.BLOCKED);
        }
        join(blocked);
        Thread sleeper = Thread.ofVirtual().name("other sleeper").start(() -> pause(1));
        join(sleeper);
    }

    /** What holds the names and stacks of all threads, virtual ones included. */
    static String threadDump() throws IOException {
        Path folder = Files.createTempDirectory("loomloop-dump");
        Path file = folder.resolve("threads");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            return Files.readString(file);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    /** The lines of a dump that name virtual threads which do not belong to the JDK. */
    static List<String> virtualThreads() throws IOException {
        return threadDump()
                .lines()
                .filter(line -> line.startsWith("#") && line.contains(" virtual"))
                .filter(line -> !line.contains("Poller"))
                .toList();
    }

    static void awaitCollection(List<? extends Reference<?>> references, String expectation) {
        until(
                () -> {
                    System.gc();
                    return references.stream().allMatch(reference -> reference.refersTo(null));
                },
                expectation);
    }

    /** Keeps what a logger is told, with the time at which it came. */
    static final class Warnings extends java.util.logging.Handler {
        private record Warning(long nanos, String text) {}

        private final List<Warning> warnings = new ArrayList<>();
        // the logging framework holds its loggers weakly
        private final java.util.logging.Logger logger = java.util.logging.Logger.getLogger("io.loomloop");

        static Warnings listen() {
            Warnings listener = new Warnings();
            listener.logger.setUseParentHandlers(false);
            // the first message of a JVM takes a while, which is not the watchdog's
            System.getLogger("io.loomloop").log(System.Logger.Level.WARNING, "to nobody");
            listener.logger.addHandler(listener);
            return listener;
        }

        @Override
        public synchronized void publish(java.util.logging.LogRecord record) {
            warnings.add(new Warning(System.nanoTime(), record.getMessage()));
        }

        /** Waits for a warning that holds all of these texts, and checks that it came within a second of {@code since}. */
        void expectWithinASecond(long since, String... texts) {
            try {
                until(() -> find(texts) != null, "a warning with " + List.of(texts));
            } catch (AssertionError e) {
                throw new AssertionError("there were only " + this, e);
            }
            check(find(texts).nanos - since < 1_000_000_000L, "a warning within a second");
        }

        private synchronized Warning find(String... texts) {
            return warnings.stream()
                    .filter(warning -> List.of(texts).stream().allMatch(warning.text::contains))
                    .findFirst()
                    .orElse(null);
        }

        /**
         * Checks that nothing holds the loop for as long as this looks. A JVM that has just begun may have been slow before, and be told late;
         * but what holds the loop is told of after 100, 200, 400 and 800 ms, and so each time this looks.
         */
        void expectNoMore() {
            boolean quiet = false;
            for (int look = 0; look < 3 && !quiet; look++) {
                int before = count();
                pause(300);
                quiet = count() == before;
            }
            check(quiet, "no warning any more, and not " + this);
        }

        private synchronized int count() {
            return warnings.size();
        }

        @Override
        public synchronized String toString() {
            return warnings.toString();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
