package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.ClassNameFilter.excludeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.excludeTags;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs the tests of this module again and again in one JVM. Not part of a build: {@code stress-tests/repeat.sh} asks for it. */
class Soak {
    private static final int JVMS_EVERY = 10;
    // the nested classes are tests that have to fail
    private static final String NOT_OURS = ".*Soak|.*LoopExtensionTest[$].*";

    @Test
    @DisplayName("the tests pass, however often they run")
    void again() {
        int runs = Integer.getInteger("soak.runs", JVMS_EVERY);
        Launcher launcher = LauncherFactory.create();
        for (int run = 1; run <= runs; run++) {
            boolean withJvms = run % JVMS_EVERY == 0;
            LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectPackage("io.loomloop"))
                    .filters(excludeTags("slow"))
                    .filters(excludeClassNamePatterns(withJvms ? NOT_OURS : NOT_OURS + "|.*[.]traps[.].*"));
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            launcher.execute(request.build(), listener);
            TestExecutionSummary summary = listener.getSummary();
            StringWriter failures = new StringWriter();
            summary.printFailuresTo(new PrintWriter(failures, true), 50);
            assertThat(summary.getTotalFailureCount())
                    .as("run %d of %d: %s", run, runs, failures)
                    .isZero();
            assertThat(summary.getTestsSucceededCount())
                    .as("tests of run %d", run)
                    .isPositive();
            System.out.printf("soak: run %d of %d, %d tests%n", run, runs, summary.getTestsSucceededCount());
        }
    }
}
