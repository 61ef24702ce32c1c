package io.loomloop.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.check.Check;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Server;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.time.Duration;

/** What a loop has to do after a fault just as before: all it is for. */
public final class Serving {
    private static final byte[] LINE = "still here\n".getBytes(UTF_8);

    private Serving() {}

    /** Fails unless a task, a callback, a timer, a worker, a socket and the exception handler do what they should. Off the loop. */
    public static void check(Ground ground) throws Exception {
        EventLoop loop = ground.loop();
        Check.equal("the result of a task", 42, Check.call(loop, () -> Async.sleep(Duration.ofNanos(1), 42)));
        LoopFuture<String> called = loop.createFuture();
        loop.callSoon(() -> called.setResult("called"));
        Check.equal("what a callback did", "called", Check.join(called));
        LoopFuture<String> fired = loop.createFuture();
        loop.callLater(Duration.ofNanos(100_000), () -> fired.setResult("fired"));
        Check.equal("what a timer did", "fired", Check.join(fired));
        Check.equal("what a worker did", 7, Check.join(loop.runInExecutor(() -> 7)));
        Check.equal("what the executor did", 8, Check.join(loop.executor().submit(() -> 8)));
        Check.equal("what came back", new String(LINE, UTF_8), new String(Check.call(loop, Serving::echo), UTF_8));
        Fault expected = new Fault(Fault.Kind.UNCHECKED);
        loop.callSoon(expected::strike);
        ground.requireReported(expected);
    }

    /** One line over a socket, there and back. In a task. */
    public static byte[] echo() throws IOException {
        Server server = Streams.startServer((reader, writer) -> writer.write(reader.readLine()), "127.0.0.1", 0);
        try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
            connection.writer().write(LINE);
            return connection.reader().readLine();
        } finally {
            server.close();
            server.waitClosed();
        }
    }
}
