package io.loomloop.faults;

import io.loomloop.check.Drivers;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of failure in each place that runs users' code: it is seen where the documents say, and the loop serves as before. */
class FaultTest {
    @ParameterizedTest(name = "{2} in {1}, {0}")
    @MethodSource("inCore")
    @DisplayName("a failure of users' code is seen where it should be, the loop goes on, and its close leaves nothing")
    void core(Drivers driver, CorePlace place, Fault.Kind kind) throws Exception {
        strike(driver, place, kind);
    }

    @ParameterizedTest(name = "{2} in {1}, {0}")
    @MethodSource("atSockets")
    @DisplayName("a failure of users' code at a socket is seen where it should be, and other sockets go on")
    void sockets(Drivers driver, SocketPlace place, Fault.Kind kind) throws Exception {
        strike(driver, place, kind);
    }

    private static void strike(Drivers driver, Place place, Fault.Kind kind) throws Exception {
        try (Ground ground = new Ground(driver)) {
            place.fail(ground, new Fault(kind));
            Serving.check(ground);
        }
    }

    static Stream<Arguments> inCore() {
        return table(List.of(Drivers.PARKING, Drivers.SELECTOR), CorePlace.values());
    }

    static Stream<Arguments> atSockets() {
        return table(List.of(Drivers.values()), SocketPlace.values());
    }

    private static Stream<Arguments> table(List<Drivers> drivers, Place[] places) {
        return drivers.stream()
                .flatMap(driver -> Arrays.stream(places)
                        .flatMap(place ->
                                Arrays.stream(Fault.Kind.values()).map(kind -> Arguments.of(driver, place, kind))));
    }
}
