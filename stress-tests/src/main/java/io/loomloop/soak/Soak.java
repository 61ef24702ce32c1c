package io.loomloop.soak;

import io.loomloop.check.Drivers;
import io.loomloop.check.Seeds;
import io.loomloop.faults.CloseStorm;
import io.loomloop.faults.FaultStorm;
import io.loomloop.faults.InterruptStorm;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs all programs for a long time: {@code -Dminutes=}, with decimals. Exits with 0 when every check held and nothing grew, with 1 and a
 * sentence when something was lost or has grown, with 2 and a thread dump when a program stands still.
 *
 * <p>{@code -Dseed=} repeats the choices of an earlier run; {@code -Dprograms=} names those to run, the {@link Broken} ones included, which are there
 * to show that the run finds something; {@code -Dpatience=} says how many seconds a round may take.
 */
public final class Soak {
    private Soak() {}

    /** The programs that have to pass, by name. */
    static Map<String, Program> programs() {
        Map<String, Program> all = new LinkedHashMap<>();
        all.put("pingpong", new PingPong());
        all.put("park", new Park());
        all.put("sleep", new Sleep());
        all.put("spawn", new Spawn());
        all.put("skynet", new Skynet());
        all.put("cancel", new CancelStorm());
        all.put("io", new IoStorm());
        all.put("faults", (field, random) -> FaultStorm.round(Drivers.any(random), random));
        all.put("closes", (field, random) -> CloseStorm.round(Drivers.any(random), random));
        all.put("interrupts", (field, random) -> InterruptStorm.round(random));
        return all;
    }

    /** Runs as long as the properties say. */
    public static void main(String[] args) throws Exception {
        double minutes = Double.parseDouble(System.getProperty("minutes", "1"));
        long seed = Seeds.seed();
        Duration patience = Duration.ofSeconds(Long.getLong("patience", 60));
        Map<String, Program> programs = chosen();
        System.out.printf(
                Locale.ROOT,
                "soak: %.2f minutes, seed %d, %s on JDK %s%n",
                minutes,
                seed,
                programs.keySet(),
                Runtime.version());
        Run run = new Run(programs, seed, Duration.ofMillis(Math.round(minutes * 60_000)), patience, System.out);
        List<String> wrong = run.run(stalled -> {
            System.out.println("soak: " + stalled);
            Runtime.getRuntime().halt(2); // an exit might wait for what stands still
        });
        wrong.forEach(sentence -> System.out.println("soak: " + sentence));
        System.out.printf(
                "soak: %s, %,d operations, seed %d%n", wrong.isEmpty() ? "passed" : "failed", run.operations(), seed);
        System.exit(wrong.isEmpty() ? 0 : 1);
    }

    private static Map<String, Program> chosen() {
        Map<String, Program> all = programs();
        String names = System.getProperty("programs");
        if (names == null) {
            return all;
        }
        for (Broken broken : Broken.values()) {
            all.put(broken.name(), broken);
        }
        Map<String, Program> chosen = new LinkedHashMap<>();
        for (String name : names.split(",", -1)) {
            Program program = all.get(name);
            if (program == null) {
                throw new IllegalArgumentException("no program is called " + name + ", but " + all.keySet());
            }
            chosen.put(name, program);
        }
        return chosen;
    }
}
