package io.loomloop.bench.report;

import java.util.Locale;

/** How numbers are written. */
final class Numbers {
    private Numbers() {}

    /** Three digits, or all that there are before the point. */
    static String shown(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f", value);
    }

    /** Enough digits for a file. */
    static String exact(double value) {
        return String.format(Locale.ROOT, "%.4f", value).replaceAll("\\.?0+$", "");
    }

    static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    /** How many times: two digits are enough. */
    static String times(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.1fx" : "%,.0fx", value);
    }

    /** A power of ten of nanoseconds, for an axis. */
    static String round(double nanos) {
        String[] units = {"ns", "us", "ms", "s"};
        int thousands = (int) Math.min(units.length - 1, Math.floor(Math.log10(nanos) / 3 + 1e-9));
        return Math.round(nanos / Math.pow(1000, thousands)) + " " + units[thousands];
    }

    /** Nanoseconds, in the unit that suits. */
    static String time(double nanos) {
        if (nanos < 1e4) {
            return shown(nanos) + " ns";
        }
        return nanos < 1e6 ? shown(nanos / 1e3) + " us" : shown(nanos / 1e6) + " ms";
    }
}
