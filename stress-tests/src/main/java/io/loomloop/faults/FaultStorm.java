package io.loomloop.faults;

import io.loomloop.check.Drivers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Faults of any kind in any place, one after the other on one loop, which has other things to do besides. */
public final class FaultStorm {
    private static final int FAULTS = 20;
    private static final List<Place> PLACES = places();

    private static final List<Fault.Kind> KINDS = List.of(Fault.Kind.values());

    private FaultStorm() {}

    private static <T> T any(List<T> all, Random random) {
        return all.get(random.nextInt(all.size()));
    }

    /** Every place there is. */
    private static List<Place> places() {
        List<Place> all = new ArrayList<>(List.of(CorePlace.values()));
        all.addAll(List.of(SocketPlace.values()));
        return all;
    }

    /** A loop, some faults, and the end of the loop. */
    public static long round(Drivers driver, Random random) throws Exception {
        try (Ground ground = new Ground(driver)) {
            Load load = new Load(ground.loop(), random);
            for (int i = 0; i < FAULTS; i++) {
                strike(ground, any(PLACES, random), new Fault(any(KINDS, random)));
            }
            load.end();
            Serving.check(ground);
            ground.requireSilence();
        }
        return FAULTS;
    }

    private static void strike(Ground ground, Place place, Fault fault) {
        try {
            place.fail(ground, fault);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(fault + " in " + place + " on " + ground.loop(), e);
        }
    }
}
