package io.loomloop.nio;

/** How much is unsent, and between which marks that should stay. */
interface WaterMarks {
    /** Bytes that were written and not sent. Any thread. */
    long unsent();

    /** True when what is unsent counts for more than the high-water mark. Any thread. */
    default boolean isAboveHigh() {
        return unsent() > high();
    }

    /** True when what is unsent counts for no more than the low-water mark. Any thread. */
    default boolean isAtLow() {
        return unsent() <= low();
    }

    int low();

    int high();

    /** Loop thread. */
    void setWaterMarks(int newLow, int newHigh);
}
