package io.loomloop.examples;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Streams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Opens many connections and holds them, saying nothing, until it is stopped: {@code Idle PORT COUNT}. */
public final class Idle {
    private static final int AT_ONCE = 50;

    private Idle() {}

    /** Runs the program. */
    public static void main(String[] args) {
        int port = Integer.parseInt(args[0]);
        int count = Integer.parseInt(args[1]);
        EventLoop.run(() -> {
            List<Connection> held = new ArrayList<>();
            while (held.size() < count) {
                List<Task<Connection>> opening = new ArrayList<>();
                for (int i = 0; i < Math.min(AT_ONCE, count - held.size()); i++) {
                    opening.add(Async.createTask(() -> Streams.openConnection("127.0.0.1", port)));
                }
                opening.forEach(task -> held.add(task.await()));
            }
            System.out.println("holding " + held.size() + " connections");
            Async.sleep(Duration.ofDays(1));
        });
    }
}
