package io.loomloop.bench.report;

import java.util.OptionalDouble;

/** A ratio to be drawn, with the mark that it should not pass, or should reach. */
record Bar(String work, String peer, double value, OptionalDouble mark) {}
