package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The asynchronous channels of a loop with a {@link ProactorDriver}, and the one thread on which their completions run. */
final class CompletionEngine {
    /** Something that ends with the loop. */
    interface Member {
        /** Closes its channel, because the loop closes. Any thread; must not throw. */
        void shutDown();
    }

    private final EventLoop loop;
    private final AsynchronousChannelGroup group;
    // the group adds: one, and another one when something unexpected has ended that
    private final Queue<Thread> threads;
    // any thread
    private final Set<Member> members = ConcurrentHashMap.newKeySet();
    // the closing thread sets, then looks at members; who adds a member then looks at this
    private volatile boolean closed;

    /** With a group whose threads are in a queue, one by one as they are made. */
    CompletionEngine(EventLoop loop, AsynchronousChannelGroup group, Queue<Thread> threads) {
        this.loop = loop;
        this.group = group;
        this.threads = threads;
    }

    static CompletionEngine open(EventLoop loop) throws IOException {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        AsynchronousChannelGroup group = AsynchronousChannelGroup.withFixedThreadPool(1, body -> {
            Thread made = thread(loop, "-completions", body);
            threads.add(made);
            return made;
        });
        return new CompletionEngine(loop, group, threads);
    }

    private static Thread thread(EventLoop loop, String suffix, Runnable body) {
        return Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name(loop.name() + suffix)
                .unstarted(body);
    }

    AsynchronousSocketChannel openChannel() throws IOException {
        try {
            return AsynchronousSocketChannel.open(group);
        } catch (ShutdownChannelGroupException e) {
            throw new SocketException("the event loop was closed");
        }
    }

    AsynchronousServerSocketChannel openListener() throws IOException {
        try {
            return AsynchronousServerSocketChannel.open(group);
        } catch (ShutdownChannelGroupException e) {
            throw new SocketException("the event loop was closed");
        }
    }

    /** Has {@link Member#shutDown} called when the loop closes, or now if it has. Any thread. */
    void add(Member member) {
        members.add(member);
        if (closed) {
            member.shutDown();
        }
    }

    /** The opposite of {@link #add}. Any thread. */
    void remove(Member member) {
        members.remove(member);
    }

    /** Closes all channels, ends the thread and waits until it has ended. */
    void close() {
        // Not here: the JDK spins until all channels are closed, and a task of this loop may be about to close one.
        Thread end = thread(loop, "-completions-end", this::shutDownAll);
        end.start();
        threads.add(end);
        boolean interrupted = false;
        for (Thread thread = threads.peek(); thread != null; thread = threads.peek()) {
            try {
                thread.join();
                threads.remove(thread);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes all channels. */
    void shutDownAll() {
        closed = true;
        try {
            members.forEach(Member::shutDown);
        } finally {
            try {
                group.shutdownNow();
            } catch (IOException | RuntimeException e) {
                // Some channel could not be closed, and there is nobody who could do anything about it.
            }
        }
    }
}
