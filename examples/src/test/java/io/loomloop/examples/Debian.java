package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Programs of Debian, which are installed if they are missing. */
public final class Debian {
    private Debian() {}

    /** Installs the package that a program is in, unless the program is there. */
    public static synchronized void needs(String program, String debPackage) throws IOException, InterruptedException {
        if (find(program)) {
            return;
        }
        assertThat(System.getProperty("user.name"))
                .as("the test needs %s: install the Debian package %s, or run as root", program, debPackage)
                .isEqualTo("root");
        apt("update", "-qq");
        apt("install", "-qq", "-y", "--no-install-recommends", debPackage);
        assertThat(find(program)).as("%s is in %s", program, debPackage).isTrue();
    }

    private static boolean find(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static void apt(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-o", "DPkg::Lock::Timeout=300"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        builder.environment().put("RUNLEVEL", "1"); // services that come with a package are not started
        Process process = builder.start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
    }
}
