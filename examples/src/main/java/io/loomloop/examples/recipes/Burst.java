package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many requests at the same time, and which threads served them. */
final class Burst {
    static final int REQUESTS = 500;
    /** How long all of them took, and the platform threads that the work was done on. */
    record Result(Duration took, Set<String> threads) {
        @Override
        public String toString() {
            return "%d requests in %d ms, on %d thread(s): %s"
                    .formatted(REQUESTS, took.toMillis(), threads.size(), threads);
        }
    }

    /** Begins a request. */
    @FunctionalInterface
    interface Request {
        Future<?> send(int number) throws Exception;
    }

    private final Set<String> threads = new ConcurrentSkipListSet<>(); // any thread

    /** What a request does where it is served. */
    <T> T serve(Callable<T> work) throws Exception {
        threads.add(platformThread());
        T result = work.call();
        threads.add(platformThread());
        return result;
    }

    /** Serves a request that blocks. */
    String serve(Wait wait) throws InterruptedException {
        threads.add(platformThread());
        wait.block();
        threads.add(platformThread());
        return "waited";
    }

    /** A virtual thread shows which one carries it: {@code VirtualThread[#30,its name]/runnable@loop-1}. */
    private static String platformThread() {
        Thread current = Thread.currentThread();
        String shown = current.toString();
        return current.isVirtual() ? shown.substring(shown.lastIndexOf('@') + 1) : current.getName();
    }

    /** Sends all of them twice, because loading classes holds a loop, and takes the time of the second. */
    Result send(Request request) throws Exception {
        sendAll(request);
        threads.clear();
        long start = System.nanoTime();
        sendAll(request);
        return new Result(Duration.ofNanos(System.nanoTime() - start), new TreeSet<>(threads));
    }

    private static void sendAll(Request request) throws Exception {
        List<Future<?>> sent = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            sent.add(request.send(i));
        }
        for (Future<?> answer : sent) {
            answer.get(2, TimeUnit.MINUTES);
        }
    }

    /** Sends all of them to a server of HTTP, each in a connection of its own and from a thread that no loop has to do with. */
    Result get(int port) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            return send(number -> clients.submit(() -> getOnce(port)));
        }
    }

    private static String getOnce(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: me\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            if (!answer.startsWith("HTTP/1.1 200") || !answer.contains("waited")) {
                throw new IOException("the server answered: " + answer);
            }
            return answer;
        }
    }
}
