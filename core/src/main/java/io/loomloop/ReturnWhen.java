package io.loomloop;

/** When {@link Async#waitAll} returns: asyncio's {@code FIRST_COMPLETED}, {@code FIRST_EXCEPTION}, {@code ALL_COMPLETED}. */
public enum ReturnWhen {
    /** When any future is done. */
    FIRST_COMPLETED,

    /** When any future has failed, which a cancelled one has not, or all are done. */
    FIRST_EXCEPTION,

    /** When all futures are done. */
    ALL_COMPLETED
}
