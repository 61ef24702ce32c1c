package io.loomloop.fuzz;

import java.util.ArrayList;
import java.util.List;

/** Those who stand in line for something that is given first come, first served; finds out who was overtaken. */
final class FairLine {
    private static final class Ticket {
        boolean overtaken;
    }

    private final List<Ticket> tickets = new ArrayList<>();

    /** Waits in line. Who leaves with an exception, has given up and may have been overtaken. */
    boolean isFairTo(Runnable wait) {
        Ticket mine = new Ticket();
        tickets.add(mine);
        try {
            wait.run();
            tickets.subList(0, tickets.indexOf(mine)).forEach(earlier -> earlier.overtaken = true);
            return !mine.overtaken;
        } finally {
            tickets.remove(mine);
        }
    }
}
