package io.loomloop.examples;

import io.loomloop.EventLoop;
import io.loomloop.nio.ProactorDriver;
import io.loomloop.nio.SelectorDriver;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** The drivers under which sockets are tested: {@code @MethodSource("io.loomloop.examples.Drivers#all")}. */
final class Drivers {
    private Drivers() {}

    static Stream<Named<UnaryOperator<EventLoop.Builder>>> all() {
        return Stream.of(
                Named.of("selector thread", UnaryOperator.identity()),
                Named.of("selector", builder -> builder.driver(new SelectorDriver())),
                Named.of("proactor", builder -> builder.driver(new ProactorDriver())));
    }
}
