package io.loomloop.nio;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether and how the system asks a silent peer for a sign of life. */
record KeepAlive(@Nullable Timing timing) {
    /** When it asks, in seconds, and how often before it gives the peer up. */
    record Timing(int idle, int interval, int probes) {}

    /** At the times at which the system does it for everybody. */
    static KeepAlive ofSystem() {
        return new KeepAlive(null);
    }

    static KeepAlive of(Duration idle, Duration interval, int probes) {
        if (probes <= 0) {
            throw new IllegalArgumentException("a number of probes must be positive: " + probes);
        }
        return new KeepAlive(new Timing(seconds("idle", idle), seconds("interval", interval), probes));
    }

    private static int seconds(String name, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("the " + name + " time must be positive: " + time);
        }
        boolean begun = time.toNanosPart() > 0; // systems count whole seconds
        return (int) Math.min(Short.MAX_VALUE, time.toSeconds() + (begun ? 1 : 0));
    }

    /** Sets it up; does nothing for a socket that has no network below it. */
    void applyTo(NetworkChannel channel) throws IOException {
        if (!channel.supportedOptions().contains(StandardSocketOptions.SO_KEEPALIVE)) {
            return;
        }
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        Timing wanted = timing;
        if (wanted != null) {
            set(channel, "TCP_KEEPIDLE", wanted.idle());
            set(channel, "TCP_KEEPINTERVAL", wanted.interval());
            set(channel, "TCP_KEEPCOUNT", wanted.probes());
        }
    }

    /** By name, because the constants are in a module that not every runtime image has. */
    @SuppressWarnings("unchecked")
    private static void set(NetworkChannel channel, String name, int value) throws IOException {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals(name) && option.type() == Integer.class) {
                channel.setOption((SocketOption<Integer>) option, value);
                return;
            }
        }
        throw new UnsupportedOperationException(
                "this system has no " + name + ": use withKeepAlive(true), which leaves the times to the system");
    }
}
