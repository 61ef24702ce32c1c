package io.loomloop.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a program prints, line by line, in Python's spelling. */
final class Trace {
    private final List<String> lines = new ArrayList<>();

    /** Python's {@code print}. */
    void print(Object... words) {
        lines.add(Stream.of(words)
                .map(Trace::spell)
                .collect(Collectors.joining(" "))
                .stripTrailing());
    }

    private static String spell(Object word) {
        if (word instanceof Boolean truth) {
            return truth ? "True" : "False";
        }
        return word == null ? "None" : word.toString();
    }

    List<String> lines() {
        return List.copyOf(lines);
    }
}
