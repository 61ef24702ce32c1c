package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A protocol that writes down what it is called, with bytes as text, and notices callbacks that overlap. */
class Recorder implements Protocol {
    interface Action {
        void run() throws Exception;
    }

    final List<String> events = new CopyOnWriteArrayList<>();
    private final AtomicInteger inside = new AtomicInteger();
    private final List<Thread> callers = new ArrayList<>();
    volatile Transport transport;
    volatile @Nullable Throwable cause;

    void note(String event) throws Exception {
        note(event, () -> {});
    }

    /** Notes the event, then runs the action as part of the callback. */
    void note(String event, Action action) throws Exception {
        if (inside.getAndIncrement() > 0 && !callers.contains(Thread.currentThread())) {
            events.add("overlap:" + event);
        }
        callers.add(Thread.currentThread());
        try {
            events.add(event);
            action.run();
        } finally {
            callers.remove(Thread.currentThread());
            inside.decrementAndGet();
        }
    }

    @Override
    public void connectionMade(Transport made) throws Exception {
        transport = made;
        note("made");
    }

    @Override
    public void dataReceived(byte[] data) throws Exception {
        note("data:" + new String(data, ISO_8859_1));
    }

    @Override
    public boolean eofReceived() throws Exception {
        note("eof");
        return false;
    }

    @Override
    public void connectionLost(@Nullable Throwable thrown) throws Exception {
        cause = thrown;
        note("lost");
    }

    @Override
    public void pauseWriting() throws Exception {
        note("pause");
    }

    @Override
    public void resumeWriting() throws Exception {
        note("resume");
    }

    /** Waits, off the loop, for an event. */
    void await(String event) {
        LoopCheck.awaitTrue(event + " is among " + events, () -> events.contains(event));
    }
}
