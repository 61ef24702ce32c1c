package io.loomloop.bench.echo;

import java.io.IOException;
import java.util.List;

/**
 * Requests per second, processor time per request and latencies of servers that echo, beside Netty's with one event loop. Every server
 * runs in a process of its own, the load in this one. Prints figures as the report keeps them.
 *
 * <p>{@code java -cp benchmarks.jar io.loomloop.bench.echo.EchoBenchmark [servers] [connections] [bytes] [rounds] [millis]}, the first
 * three with commas; the first server is what the others are compared with.
 */
public final class EchoBenchmark {
    private EchoBenchmark() {}

    public static void main(String[] args) throws IOException {
        Cell.measureAll(
                "Echo",
                EchoLoad::new,
                args,
                List.of("netty,selector,selector-thread,proactor,jdk", "1,64,1000", "64,1024,65536"));
    }
}
