package io.loomloop.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;

/**
 * Writes JMH's results into a document: tables between two comments of it, and charts into the folder {@code charts} beside it.
 *
 * <p>{@code java -cp benchmarks.jar io.loomloop.bench.report.Report results.json docs/benchmarks.md [arguments JMH was given]}, on the
 * machine that ran the benchmarks.
 */
public final class Report {
    static final String BEGIN = "<!-- results of JMH -->\n";
    static final String END = "<!-- end of the results -->\n";

    private Report() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 2) {
            throw new IllegalArgumentException("name JMH's results and the document, then the arguments JMH was given");
        }
        Path json = Path.of(args[0]);
        Path document = Path.of(args[1]).toAbsolutePath();
        List<Result> results = Result.read(Files.readString(json));
        if (results.isEmpty()) {
            throw new IllegalArgumentException("no results in " + json + ": did JMH find the benchmarks?");
        }
        LocalDate date = Files.getLastModifiedTime(json)
                .toInstant()
                .atOffset(ZoneOffset.UTC)
                .toLocalDate();
        Collection<Table> tables = Table.of(results);
        Path charts = Files.createDirectories(document.resolveSibling("charts"));
        for (Table table : tables) {
            if (!table.ratios().isEmpty()) {
                Files.writeString(charts.resolve(table.title() + ".svg"), Chart.svg(table.title(), table.ratios()));
            }
        }
        String command = String.join(" ", List.of(args).subList(2, args.length));
        String text = heading(results.get(0), date, command) + sections(tables);
        Files.writeString(document, replace(Files.readString(document), text));
    }

    static String heading(Result any, LocalDate date, String command) {
        return "`java -jar bench/target/benchmarks.jar%s`, %s %s, %s, %d cores, %s. Medians of %d forks.\n"
                .formatted(
                        command.isEmpty() ? "" : " " + command,
                        any.vmName(),
                        any.jdkVersion(),
                        System.getProperty("os.name"),
                        Runtime.getRuntime().availableProcessors(),
                        date,
                        any.forks());
    }

    static String sections(Collection<Table> tables) {
        StringBuilder text = new StringBuilder();
        for (Table table : tables) {
            text.append("\n### ").append(table.title()).append("\n\n").append(table.markdown());
            if (!table.ratios().isEmpty()) {
                text.append("\n![%1$s](charts/%1$s.svg)\n".formatted(table.title()));
            }
        }
        return text.toString();
    }

    /** The document with a text between the two comments. */
    static String replace(String document, String text) {
        int begin = document.indexOf(BEGIN);
        int end = document.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the document lacks the lines " + BEGIN + END);
        }
        return document.substring(0, begin + BEGIN.length()) + text + document.substring(end);
    }
}
