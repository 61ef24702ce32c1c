package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.*;
import io.loomloop.nio.*;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/** The example of the README. */
public final class Quickstart {
    public static void main(String[] args) throws IOException {
        EventLoop.run(() -> {
            try (Server server = Streams.startServer(Quickstart::shout, "127.0.0.1", 0);
                    Connection client = Streams.openConnection("127.0.0.1", server.port())) {
                Task<byte[]> answer = Async.createTask(() -> client.reader().readLine());
                Async.sleep(Duration.ofMillis(100)); // the other tasks go on meanwhile
                client.writer().write("hello\n");
                System.out.print(new String(answer.await(), UTF_8)); // HELLO
            }
        });
    }

    static void shout(StreamReader reader, StreamWriter writer) throws IOException {
        for (byte[] line = reader.readLine(); line.length > 0; line = reader.readLine()) {
            writer.write(new String(line, UTF_8).toUpperCase(Locale.ROOT));
            writer.drain();
        }
    }
}
