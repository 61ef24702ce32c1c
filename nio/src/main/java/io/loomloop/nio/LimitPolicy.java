package io.loomloop.nio;

/**
 * What a {@link StreamReader} does when a line, or another message up to a separator, is longer than the limit. See
 * {@link StreamOptions#withLimitPolicy}.
 */
public enum LimitPolicy {
    /**
     * Throws {@link LimitOverrunException}, as asyncio does. After {@link StreamReader#readLine} what has arrived of the line is dropped,
     * so what comes of it later looks like another line; {@link StreamReader#readUntil} takes nothing, so whoever goes on has to read
     * otherwise.
     */
    THROW,

    /** Drops the whole message, what is still to come of it included, and goes on with the next: for logs and other telemetry. */
    DROP,

    /** Throws {@link LimitOverrunException} and aborts the connection, see {@link StreamWriter#abort}: for peers that are not to be trusted. */
    ABORT
}
