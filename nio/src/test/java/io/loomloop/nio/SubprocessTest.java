package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Programs")
class SubprocessTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    private static void awaitDead(long pid) {
        LoopCheck.awaitTrue(
                "process " + pid + " has ended",
                () -> !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
    }

    @Test
    @DisplayName("row 81: cat answers line by line, ends with its input, and tells its return code")
    void cat() throws Exception {
        check.run(() -> {
            try (Subprocess cat = Subprocess.exec("cat")) {
                assertThat(cat.returnCode()).isEmpty();
                assertThat(cat.isAlive()).isTrue();
                for (int i = 0; i < 100; i++) {
                    cat.stdin().write("line " + i + "\n");
                    cat.stdin().drain();
                    assertThat(text(cat.stdout().readLine())).isEqualTo("line " + i + "\n");
                }
                cat.stdin().writeEof();
                assertThat(cat.stdout().readAll()).isEmpty();
                assertThat(cat.stdout().atEof()).isTrue();
                assertThat(cat.waitFor()).isZero();
                assertThat(cat.returnCode()).hasValue(0);
                assertThat(cat.isAlive()).isFalse();
                cat.stdin().waitClosed();
            }
        });
    }

    @Test
    @DisplayName("row 81: communicate feeds and reads both outputs at once, however much there is")
    void communicate() throws Exception {
        byte[] input = new byte[3 << 20];
        new Random(1).nextBytes(input);
        check.run(() -> {
            Subprocess.Output output =
                    Subprocess.exec("sh", "-c", "tee /dev/stderr; exit 7").communicate(input);
            assertThat(output.returnCode()).isEqualTo(7);
            assertThat(Arrays.equals(output.stdout(), input)).isTrue();
            assertThat(Arrays.equals(output.stderr(), input)).isTrue();
        });
    }

    @Test
    @DisplayName("row 81: communicate ends the input when there is none")
    void communicateNothing() throws Exception {
        check.run(() -> {
            assertThat(Subprocess.exec("cat").communicate().stdout()).isEmpty();
            assertThat(Subprocess.exec("cat").communicate(null).returnCode()).isZero();
            Subprocess.Output output =
                    Subprocess.shell("echo out; echo err >&2").communicate();
            assertThat(output.stdoutText()).isEqualTo("out\n");
            assertThat(output.stderrText()).isEqualTo("err\n");
        });
    }

    @Test
    @DisplayName("row 81: communicate does not mind a program that does not read")
    void communicateBrokenPipe() throws Exception {
        check.run(() -> {
            Subprocess.Output output = Subprocess.shell("exec <&-; echo done").communicate(new byte[1 << 20]);
            assertThat(output.stdoutText()).isEqualTo("done\n");
            assertThat(Subprocess.exec("true").communicate(new byte[100]).returnCode())
                    .isZero();
        });
    }

    @Test
    @DisplayName("row 81: who writes to a program that does not read, or has ended, learns it from drain")
    void brokenPipe() throws Exception {
        check.run(() -> {
            try (Subprocess gone = Subprocess.shell("exec <&-; echo closed; cat /dev/null")) {
                gone.stdout().readLine();
                assertThatThrownBy(() -> {
                            for (; ; ) {
                                gone.stdin().write(new byte[1 << 20]);
                                gone.stdin().drain();
                            }
                        })
                        .isInstanceOf(IOException.class);
            }
        });
        check.run(() -> {
            try (Subprocess gone = Subprocess.exec("true")) {
                gone.waitFor();
                LoopCheck.awaitTrue("stdin is closed", gone.stdin()::isClosing);
                gone.stdin().write("nobody reads this");
                assertThatThrownBy(() -> gone.stdin().drain()).isInstanceOf(IOException.class);
            }
        });
    }

    @Test
    @DisplayName(
            "row 81: wait returns at the end of the program although others hold its pipes, and these are read to their end")
    void waitWithOpenPipes(@TempDir Path folder) throws Exception {
        check.run(() -> {
            Path fifo = folder.resolve("fifo");
            assertThat(Subprocess.exec("mkfifo", fifo.toString()).communicate().returnCode())
                    .isZero();
            SubprocessOptions options = SubprocessOptions.DEFAULT.withVariable("FIFO", fifo.toString());
            // The program in the background prints when somebody writes to the fifo; its parent ends before.
            String program = "(read word < $FIFO; echo late $word) & echo early; read go";
            try (Subprocess parent = Subprocess.shell(options, program)) {
                assertThat(text(parent.stdout().readLine())).isEqualTo("early\n");
                parent.stdin().write("go\n");
                assertThat(parent.waitFor()).isZero();
                assertThat(Subprocess.shell(options, "echo word > $FIFO")
                                .communicate()
                                .returnCode())
                        .isZero();
                assertThat(text(parent.stdout().readAll())).isEqualTo("late word\n");
            }
        });
    }

    @Test
    @DisplayName("row 81: a wait that is cancelled leaves the program running; many may wait")
    void cancelWait() throws Exception {
        check.run(() -> {
            try (Subprocess cat = Subprocess.exec("cat")) {
                List<Task<Integer>> waiting = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    waiting.add(check.loop().createTask(cat::waitFor));
                }
                Async.yieldNow();
                Task<Integer> cancelled = waiting.remove(0);
                cancelled.cancel();
                assertThatThrownBy(cancelled::await).isInstanceOf(CancelledException.class);
                assertThat(cat.isAlive()).isTrue();
                cat.stdin().close();
                for (Task<Integer> other : waiting) {
                    assertThat(other.await()).isZero();
                }
            }
        });
    }

    @Test
    @DisplayName("row 81: close kills a program that runs, and leaves no zombie, no thread, no descriptor")
    void closeKills() throws Exception {
        check.run(() -> {
            Subprocess.exec("true").communicate(); // the JDK's own threads and descriptors
            long before = Descriptors.open();
            for (int i = 0; i < 20; i++) {
                Subprocess sleeper = Subprocess.exec("sleep", "1000");
                sleeper.close();
                sleeper.close();
                assertThat(sleeper.waitFor()).isEqualTo(128 + 9);
                awaitDead(sleeper.pid());
                assertThat(sleeper.stdout().readAll()).isEmpty();
                sleeper.stdin().waitClosed();
                assertThatThrownBy(() -> sleeper.stdin().drain()).isInstanceOf(IOException.class);
            }
            Descriptors.awaitAtMost(before);
        });
    }

    @Test
    @DisplayName("row 81: a task that is cancelled takes its program with it")
    void cancelledTask() throws Exception {
        List<Long> pids = new ArrayList<>();
        Task<?> task = check.loop().createTask(() -> {
            try (Subprocess sleeper = Subprocess.exec("sleep", "1000")) {
                pids.add(sleeper.pid());
                sleeper.communicate();
            }
        });
        LoopCheck.awaitTrue("it runs", () -> !pids.isEmpty());
        task.cancel();
        LoopCheck.awaitTrue("it is cancelled", task::isDone);
        assertThat(task.isCancelled()).isTrue();
        awaitDead(pids.get(0));
    }

    @Test
    @DisplayName("row 81: a start that is cancelled leaves no program behind")
    void cancelledStart() throws Exception {
        check.run(() -> {
            int cancelled = 0;
            for (int i = 0; i < 30; i++) {
                Task<Subprocess> starting = check.loop().createTask(() -> Subprocess.exec("sleep", "1000"));
                for (int turns = i % 3; turns > 0; turns--) {
                    Async.yieldNow();
                }
                starting.cancel();
                try {
                    starting.await().close();
                } catch (CancelledException e) {
                    cancelled++;
                }
            }
            assertThat(cancelled).isPositive();
        });
        LoopCheck.awaitTrue(
                "no program is left", () -> ProcessHandle.current().children().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    @DisplayName("row 81: a loop that closes takes with it what is being started just then")
    void loopClosesWhileStarting() throws Exception {
        for (int i = 0; i < 10; i++) {
            EventLoop loop = EventLoop.builder().start();
            CountDownLatch begun = new CountDownLatch(1);
            var unused = loop.createTask(() -> {
                begun.countDown();
                Subprocess.exec("sleep", "1000");
            });
            assertThat(begun.await(5, TimeUnit.SECONDS)).isTrue();
            LockSupport.parkNanos(i * 200_000L); // somewhere in the middle of the start
            loop.close();
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith(loop.name() + "-std"));
            LoopCheck.awaitTrue(
                    "what was killed is gone",
                    () -> ProcessHandle.current().children().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    @DisplayName("row 81: a loop that closes kills its programs")
    void loopCloses() throws Exception {
        Subprocess sleeper = check.call(() -> Subprocess.exec("sleep", "1000"));
        Subprocess quiet = check.call(() -> Subprocess.exec(
                SubprocessOptions.DEFAULT
                        .withStdin(Redirect.INHERIT)
                        .withStdout(Redirect.DISCARD)
                        .withStderr(Redirect.DISCARD),
                "sleep",
                "1000"));
        check.loop().close();
        awaitDead(sleeper.pid());
        awaitDead(quiet.pid());
        sleeper.close();
    }

    @Test
    @DisplayName("row 81: signals arrive; after the end they do nothing; there is no signal of another name")
    void signals() throws Exception {
        check.run(() -> {
            // In some shells a signal ends the read, in others it is handled when the read has returned.
            // Not HUP, INT or QUIT: whoever runs this may have had them ignored, and then no shell can trap them.
            String program = "trap 'echo usr2' USR2; trap 'echo usr1' USR1; echo ready; while :; do read line; done";
            try (Subprocess shell = Subprocess.shell("trap 'echo term; exit 3' TERM; " + program)) {
                assertThat(text(shell.stdout().readLine())).isEqualTo("ready\n");
                for (String name : List.of("USR2", "SIGUSR1", "usr2")) {
                    shell.signal(name);
                    shell.stdin().write("go\n");
                    assertThat(text(shell.stdout().readLine())).isEqualTo(name.contains("1") ? "usr1\n" : "usr2\n");
                }
                assertThatThrownBy(() -> shell.signal("NONSENSE")).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> shell.signal("1; rm")).isInstanceOf(IllegalArgumentException.class);
                shell.terminate();
                shell.stdin().write("go\n");
                assertThat(text(shell.stdout().readAll())).isEqualTo("term\n");
                assertThat(shell.waitFor()).isEqualTo(3);
                shell.signal("HUP");
                shell.terminate();
                shell.kill();
                assertThat(shell.returnCode()).hasValue(3);
            }
            try (Subprocess sleeper = Subprocess.exec("sleep", "1000")) {
                sleeper.terminate();
                assertThat(sleeper.waitFor()).isEqualTo(128 + 15);
            }
            try (Subprocess sleeper = Subprocess.exec("sleep", "1000")) {
                sleeper.signal("ALRM");
                assertThat(sleeper.waitFor()).isEqualTo(128 + 14);
            }
        });
    }

    @Test
    @DisplayName("row 81: a program that prints 100 MB has to wait for a reader that does not read, and loses no byte")
    void backPressure() throws Exception {
        check.run(() -> {
            try (Subprocess writer = Subprocess.exec("head", "-c", "100000000", "/dev/zero")) {
                StreamReader reader = writer.stdout();
                LoopCheck.awaitTrue("it is paused", () -> reader.toString().contains("paused"));
                assertThat(writer.isAlive()).isTrue();
                long total = 0;
                for (byte[] data = reader.read(64 << 10); data.length > 0; data = reader.read(64 << 10)) {
                    total += data.length;
                }
                assertThat(total).isEqualTo(100_000_000);
                assertThat(writer.waitFor()).isZero();
            }
        });
    }

    @Test
    @DisplayName("a writer waits for a program that does not read, and goes on when it does")
    void writerBackPressure() throws Exception {
        check.run(() -> {
            try (Subprocess shell = Subprocess.shell("read go; wc -c")) {
                shell.stdin().write("go\n");
                int written = 0;
                Task<?> draining = null;
                while (draining == null || draining.isDone()) {
                    shell.stdin().write(new byte[1 << 20]);
                    written += 1 << 20;
                    draining = check.loop().createTask(() -> shell.stdin().drain());
                    Async.yieldNow();
                }
                draining.await();
                shell.stdin().close();
                shell.stdin().waitClosed();
                assertThat(text(shell.stdout().readAll()).strip()).isEqualTo(String.valueOf(written));
            }
        });
    }

    @Test
    @DisplayName("a program that does not read gets no more memory from single bytes than from others")
    void singleBytes() throws Exception {
        check.run(() -> {
            try (Subprocess sleeper = Subprocess.exec("sleep", "1000")) {
                StreamWriter writer = sleeper.stdin();
                writer.write(new byte[1 << 20]); // more than the pipe takes
                writer.setWriteBufferLimits(1 << 19, (1 << 20) + 100_000);
                int written = 0;
                while (!writer.sink().outbound().isAboveHigh() && written < 1 << 20) {
                    writer.write(new byte[1]);
                    written++;
                }
                assertThat(written).isLessThan(10_000);
                writer.write(new byte[200_000]); // more than the pump may still take
                Task<?> draining = check.loop().createTask(() -> writer.drain());
                Async.yieldNow();
                assertThat(draining.isDone()).isFalse();
                draining.cancel();
            }
        });
    }

    @Test
    @DisplayName("abort wakes who drains into a program that does not read")
    void abort() throws Exception {
        check.run(() -> {
            try (Subprocess sleeper = Subprocess.exec("sleep", "1000")) {
                sleeper.stdin().write(new byte[1 << 20]);
                Task<?> draining = check.loop().createTask(() -> sleeper.stdin().drain());
                Async.yieldNow();
                assertThat(draining.isDone()).isFalse();
                sleeper.stdin().abort();
                assertThatThrownBy(draining::await).hasCauseInstanceOf(IOException.class);
                assertThat(sleeper.isAlive()).isTrue();
            }
        });
    }

    @Test
    @DisplayName("100 programs at once")
    void many() throws Exception {
        check.run(() -> {
            List<Task<String>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int number = i;
                all.add(check.loop().createTask(() -> {
                    try (Subprocess cat = Subprocess.exec("cat")) {
                        return cat.communicate(("n" + number).getBytes(UTF_8)).stdoutText();
                    }
                }));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(all.get(i).await()).isEqualTo("n" + i);
            }
        });
    }

    @Test
    @DisplayName("directory, environment, files, merged errors")
    void options(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("file");
        check.run(() -> {
            SubprocessOptions here =
                    SubprocessOptions.DEFAULT.withDirectory(folder).withVariable("SOME_VARIABLE", "some value");
            assertThat(Subprocess.shell(here, "pwd -P; echo $SOME_VARIABLE")
                            .communicate()
                            .stdoutText())
                    .isEqualTo(folder.toRealPath() + "\nsome value\n");
            assertThat(Subprocess.exec(here.withEnvironment(Map.of("ONLY", "this")), "/usr/bin/env")
                            .communicate()
                            .stdoutText())
                    .isEqualTo("ONLY=this\n");

            SubprocessOptions merged = SubprocessOptions.DEFAULT.withMergedStderr();
            try (Subprocess both = Subprocess.shell(merged, "echo a; echo b >&2; echo c")) {
                assertThat(text(both.stdout().readAll())).isEqualTo("a\nb\nc\n");
                assertThatThrownBy(both::stderr)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("no pipe");
            }

            SubprocessOptions toFile = SubprocessOptions.DEFAULT.withStdout(Redirect.to(file.toFile()));
            Subprocess.Output output = Subprocess.shell(toFile, "echo kept").communicate();
            assertThat(output.stdout()).isEmpty();
            assertThat(Files.readString(file)).isEqualTo("kept\n");
            SubprocessOptions fromFile = SubprocessOptions.DEFAULT.withStdin(Redirect.from(file.toFile()));
            Subprocess cat = Subprocess.exec(fromFile, "cat");
            assertThatThrownBy(() -> cat.communicate(new byte[1])).isInstanceOf(IllegalStateException.class);
            assertThat(cat.communicate().stdoutText()).isEqualTo("kept\n");
        });
    }

    @Test
    @DisplayName("lines, separators and limits are those of sockets")
    void readerShape() throws Exception {
        check.run(() -> {
            SubprocessOptions options = SubprocessOptions.DEFAULT.withLimit(10);
            try (Subprocess shell = Subprocess.shell(options, "printf 'a,b,1234567890123456789\\nend'")) {
                assertThat(text(shell.stdout().readUntil(",".getBytes(UTF_8)))).isEqualTo("a,");
                assertThat(text(shell.stdout().readExactly(2))).isEqualTo("b,");
                assertThatThrownBy(() -> shell.stdout().readLine()).isInstanceOf(LimitOverrunException.class);
                shell.waitFor();
            }
        });
    }

    @Test
    @DisplayName("bad input is refused with a sentence")
    void badInput() throws Exception {
        check.run(() -> {
            assertThatThrownBy(() -> Subprocess.exec("/no/such/program"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("/no/such/program");
            assertThatThrownBy(() -> Subprocess.exec()).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Subprocess.exec("echo", null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> SubprocessOptions.DEFAULT.withStdin(
                            Redirect.to(Path.of("x").toFile())))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> SubprocessOptions.DEFAULT.withStdout(
                            Redirect.from(Path.of("x").toFile())))
                    .isInstanceOf(IllegalArgumentException.class);
            try (Subprocess cat = Subprocess.exec("cat")) {
                assertThatThrownBy(() -> cat.stdin().remoteAddress()).isInstanceOf(UnsupportedOperationException.class);
                cat.stdin().writeEof();
                assertThatThrownBy(() -> cat.stdin().write("x")).isInstanceOf(IllegalStateException.class);
            }
        });
        assertThatThrownBy(() -> Subprocess.exec("true")).isInstanceOf(IllegalStateException.class);
    }
}
