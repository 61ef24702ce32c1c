package io.loomloop.nio;

/** The thread that polls for the sockets of one loop, unless the loop thread does so itself. */
final class SelectorThread implements Runnable {
    private final Poller poller;
    private final Thread thread;
    // the closing thread sets
    private volatile boolean ending;

    private SelectorThread(Poller poller, String name) {
        this.poller = poller;
        this.thread = Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name(name)
                .unstarted(this);
    }

    static SelectorThread start(Poller poller, String name) {
        SelectorThread made = new SelectorThread(poller, name);
        made.thread.start();
        return made;
    }

    @Override
    public void run() {
        while (!ending && !poller.isEnded()) {
            poller.poll(Long.MAX_VALUE);
        }
        poller.shutDown();
    }

    /** Closes all sockets, ends the thread and waits until it has ended. */
    void end() {
        ending = true;
        poller.wakeup();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return thread.getName();
    }
}
