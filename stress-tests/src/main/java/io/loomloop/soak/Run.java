package io.loomloop.soak;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A run of programs, side by side, in laps. After each lap all of them rest, the loops that do not last are closed, and a {@link Sample} is taken; at
 * the end {@link Flatness} judges the samples.
 */
final class Run {
    private final long seed;
    private final Duration length;
    private final Duration lap;
    private final Duration patience;
    private final List<Worker> workers = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private final PrintStream out;
    // the runner writes, the watchdog reads
    private volatile boolean over;
    private volatile long pauseBegan;

    /**
     * A run to come.
     *
     * @param patience how long a round may take
     */
    Run(Map<String, Program> programs, long seed, Duration length, Duration patience, PrintStream out) {
        this.seed = seed;
        this.length = length;
        this.lap = Duration.ofMillis(Math.clamp(length.toMillis() / 20, 50, 10_000));
        this.patience = patience;
        this.out = out;
        programs.forEach((name, program) -> workers.add(new Worker(name, program, seed)));
    }

    /** What the samples were. */
    List<Sample> samples() {
        return samples;
    }

    long operations() {
        return workers.stream().mapToLong(Worker::operations).sum();
    }

    /**
     * Runs, and says what is wrong; nothing when all is well.
     *
     * @param onStall gets a thread dump when a program does not go on; if it returns, this waits on
     */
    List<String> run(Consumer<String> onStall) throws Exception {
        try (Field field = new Field()) {
            Thread watchdog = Thread.ofPlatform().daemon().name("soak-watchdog").start(() -> watch(field, onStall));
            try {
                return lapsOn(field);
            } finally {
                over = true;
                watchdog.interrupt();
                watchdog.join();
            }
        }
    }

    private List<String> lapsOn(Field field) throws Exception {
        field.warmUp();
        long start = System.nanoTime();
        List<String> wrong = new ArrayList<>();
        while (wrong.isEmpty() && (System.nanoTime() - start < length.toNanos() || samples.size() < Flatness.FEWEST)) {
            field.renew();
            long until = System.nanoTime() + lap.toNanos();
            List<Thread> threads =
                    workers.stream().map(worker -> worker.start(field, until)).toList();
            for (Thread thread : threads) {
                thread.join();
            }
            for (Worker worker : workers) {
                Throwable failure = worker.failure();
                if (failure != null) {
                    wrong.add(worker.name + " failed: " + stackOf(failure));
                }
            }
            rest(field, wrong);
            report(System.nanoTime() - start);
        }
        if (wrong.isEmpty()) {
            wrong.addAll(Flatness.judge(samples));
            if (!wrong.isEmpty()) {
                out.println("threads at the end: " + Sample.threadNames());
            }
        }
        return wrong;
    }

    private void rest(Field field, List<String> wrong) throws Exception {
        pauseBegan = System.nanoTime() | 1;
        try {
            field.clear();
        } catch (AssertionError e) {
            wrong.add("after a lap: " + stackOf(e) + field.dump());
        }
        samples.add(Sample.take());
        pauseBegan = 0;
    }

    private void report(long nanos) {
        out.printf(
                Locale.ROOT,
                "%6.1f s: %s; %s%n",
                nanos / 1e9,
                samples.get(samples.size() - 1),
                workers.stream()
                        .map(worker -> worker.name + " " + worker.operations())
                        .collect(Collectors.joining(", ")));
    }

    private void watch(Field field, Consumer<String> onStall) {
        while (!over) {
            try {
                Thread.sleep(100); // reason: a look now and then
            } catch (InterruptedException e) {
                return;
            }
            long pause = pauseBegan;
            if (pause != 0 && System.nanoTime() - pause > patience.toNanos()) {
                onStall.accept("the loops do not come to rest; seed " + seed + dump(field));
            }
            for (Worker worker : workers) {
                if (worker.busy() > patience.toNanos()) {
                    onStall.accept(worker.name + " has made no progress for "
                            + TimeUnit.NANOSECONDS.toSeconds(worker.busy()) + " s; seed " + seed + dump(field));
                }
            }
        }
    }

    private static String dump(Field field) {
        try {
            return "\n" + Sample.dump() + field.dump();
        } catch (Exception e) {
            return "\nno dump: " + e + field.dump();
        }
    }

    private static String stackOf(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString().strip();
    }
}
