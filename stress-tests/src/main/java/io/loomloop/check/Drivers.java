package io.loomloop.check;

import io.loomloop.nio.ProactorDriver;
import io.loomloop.nio.SelectorDriver;
import io.loomloop.spi.LoopDriver;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** The drivers there are. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas
public enum Drivers {
    /** The default, with a selector thread beside the loop. */
    PARKING(LoopDriver::parking),
    /** The loop's thread is its own selector. */
    SELECTOR(SelectorDriver::new),
    /** Completions. */
    PROACTOR(ProactorDriver::new);

    private final Supplier<LoopDriver> maker;

    Drivers(Supplier<LoopDriver> maker) {
        this.maker = maker;
    }

    /** Any of them. */
    public static Drivers any(Random random) {
        return List.of(values()).get(random.nextInt(values().length));
    }

    /** Makes a driver for a loop. */
    public LoopDriver make() {
        return maker.get();
    }
}
