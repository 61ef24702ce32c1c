package io.loomloop.check;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, for a program that ends its JVM or needs flags. */
public final class ChildJvm {
    private static final long PATIENCE_SECONDS = 90;

    /** How a program ended, and what it printed. */
    public record Result(int exitCode, String output) {}

    private ChildJvm() {}

    /** Runs the main method of a class with JVM flags and, after {@code --}, arguments. */
    public static Result run(Class<?> program, String... flags) throws Exception {
        List<String> given = List.of(flags);
        int end = given.contains("--") ? given.indexOf("--") : given.size();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
        command.addAll(given.subList(0, end));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(given.subList(Math.min(end + 1, given.size()), given.size()));
        Path output = Files.createTempFile("loomloop-child", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"));
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            String text = Files.readString(output, StandardCharsets.UTF_8);
            if (!ended) {
                throw new AssertionError(program + " does not end; it printed\n" + text);
            }
            return new Result(process.exitValue(), text);
        } finally {
            process.destroyForcibly().waitFor();
            Files.delete(output);
        }
    }
}
