package io.loomloop.bench.report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Keeps what a run has measured, and writes all that is kept into a document: tables between two comments of it, and charts into the
 * folder {@code charts} beside it. In a run's folder are {@code jmh-1.json} and so on, {@code peers.tsv}, {@code figures.tsv}, some or all of
 * them.
 *
 * <p>{@code java -cp benchmarks.jar io.loomloop.bench.report.Report keep bench/target/run bench/results 'the command'}, on the machine
 * that ran it; {@code ... Report write bench/results docs/benchmarks.md}.
 */
public final class Report {
    static final String BEGIN = "<!-- results -->\n";
    static final String END = "<!-- end of the results -->\n";

    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmmss");

    private Report() {}

    public static void main(String[] args) throws IOException {
        if (args.length == 4 && args[0].equals("keep")) {
            keep(Path.of(args[1]), Path.of(args[2]), args[3]);
        } else if (args.length == 3 && args[0].equals("write")) {
            write(Path.of(args[1]), Path.of(args[2]).toAbsolutePath());
        } else {
            throw new IllegalArgumentException("keep RUN RESULTS COMMAND, or write RESULTS DOCUMENT");
        }
    }

    private static void keep(Path folder, Path results, String command) throws IOException {
        Run run = new Run(facts(command), new ArrayList<>());
        Result.merge(rounds(folder)).forEach(result -> run.figures().addAll(result.figures()));
        Path figures = folder.resolve("figures.tsv");
        if (Files.exists(figures)) {
            Files.readAllLines(figures).forEach(line -> run.figures().add(Figure.parse(line)));
        }
        Path peers = folder.resolve("peers.tsv");
        if (Files.exists(peers)) {
            run.addPeers(Files.readAllLines(peers));
        }
        if (run.figures().isEmpty()) {
            throw new IllegalArgumentException("no results in " + folder + ": did JMH find the benchmarks?");
        }
        Files.createDirectories(results);
        Files.write(results.resolve(LocalDateTime.now(ZoneOffset.UTC).format(NAME) + ".tsv"), run.lines());
    }

    private static List<Result> rounds(Path folder) throws IOException {
        List<Result> results = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "jmh-*.json")) {
            for (Path file : files) {
                results.addAll(Result.read(Files.readString(file)));
            }
        }
        return results;
    }

    private static Map<String, String> facts(String command) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("date", LocalDateTime.now(ZoneOffset.UTC).toLocalDate().toString());
        facts.put("jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put("command", command);
        return facts;
    }

    private static void write(Path folder, Path document) throws IOException {
        List<Run> runs = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".tsv"))
                    .sorted()
                    .toList()) {
                runs.add(Run.parse(Files.readAllLines(file)));
            }
        }
        Path charts = Files.createDirectories(document.resolveSibling("charts"));
        String text = sections(new Results(runs), charts);
        Files.writeString(document, replace(Files.readString(document), text));
    }

    private static String sections(Results results, Path charts) throws IOException {
        StringBuilder text = new StringBuilder("\n### Targets\n\n")
                .append(stated(results, results.where(figure -> true)))
                .append(Target.markdown(results));
        for (String name : results.tables()) {
            text.append("\n### ").append(name).append("\n\n");
            List<Figure> figures = results.of(name);
            Curves curves = new Curves(figures);
            if (!curves.isEmpty()) {
                text.append(stated(results, figures)).append(new Wide(figures).markdown());
                text.append(chart(charts, name, curves.svg(name)));
                continue;
            }
            Table inside = Table.inside(results, name);
            text.append(stated(results, figures)).append(inside.markdown());
            if (!inside.ratios().isEmpty()) {
                text.append(chart(charts, name, Bars.ratios(name, inside.ratios())));
            }
            Table outside = Table.outside(results, name);
            if (!outside.isEmpty()) {
                text.append("\nOutside the JVM:\n\n")
                        .append(stated(results, outside.figures()))
                        .append(outside.markdownOfTimes());
                text.append(chart(charts, name + "-outside", Bars.times(name, outside.times())));
            }
        }
        return text.toString();
    }

    private static String stated(Results results, Collection<Figure> figures) {
        return String.join("\n", results.stated(figures)) + "\n\n";
    }

    /** Writes a picture; returns the line that shows it. */
    private static String chart(Path charts, String name, String svg) throws IOException {
        Files.writeString(charts.resolve(name + ".svg"), svg);
        return "\n![%1$s](charts/%1$s.svg)\n".formatted(name);
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
