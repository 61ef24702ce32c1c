package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Files")
class LoopFilesTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @TempDir
    Path folder;

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @Test
    @DisplayName("whole files: bytes, text, lines, appended")
    void wholeFiles() throws Exception {
        Path file = folder.resolve("file");
        check.run(() -> {
            LoopFiles.write(file, new byte[] {1, 2, 3});
            assertThat(LoopFiles.readAllBytes(file)).containsExactly(1, 2, 3);
            assertThat(LoopFiles.size(file)).isEqualTo(3);
            LoopFiles.writeString(file, "grün");
            LoopFiles.writeString(file, "!", StandardOpenOption.APPEND);
            assertThat(LoopFiles.readString(file)).isEqualTo("grün!");
            assertThat(LoopFiles.readString(file, ISO_8859_1)).hasSize(6);
            LoopFiles.writeLines(file, List.of("a", "b"));
            assertThat(LoopFiles.readAllLines(file)).containsExactly("a", "b");
            LoopFiles.writeLines(file, List.of());
            assertThat(LoopFiles.readAllLines(file, ISO_8859_1)).isEmpty();
        });
    }

    @Test
    @DisplayName("folders: made, listed, walked; files copied, moved, deleted")
    void folders() throws Exception {
        Path deep = folder.resolve("a/b/c");
        check.run(() -> {
            LoopFiles.createDirectories(deep);
            Path file = deep.resolve("file");
            LoopFiles.writeString(file, "x");
            assertThat(LoopFiles.list(deep)).containsExactly(file);
            assertThat(LoopFiles.walk(folder)).hasSize(5).startsWith(folder).endsWith(file);
            assertThat(LoopFiles.walk(folder, 1)).containsExactly(folder, folder.resolve("a"));
            Path copy = folder.resolve("copy");
            LoopFiles.copy(file, copy);
            LoopFiles.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            LoopFiles.move(copy, folder.resolve("moved"));
            assertThat(LoopFiles.exists(copy)).isFalse();
            assertThat(LoopFiles.exists(folder.resolve("moved"))).isTrue();
            assertThat(LoopFiles.attributes(deep).isDirectory()).isTrue();
            LoopFiles.delete(file);
            assertThat(LoopFiles.deleteIfExists(file)).isFalse();
            assertThat(LoopFiles.deleteIfExists(deep)).isTrue();
            Path temporary = LoopFiles.createTempFile("loomloop-", ".test");
            assertThat(temporary.getFileName().toString())
                    .startsWith("loomloop-")
                    .endsWith(".test");
            LoopFiles.delete(temporary);
            LoopFiles.delete(LoopFiles.createTempDirectory("loomloop-"));
        });
    }

    @Test
    @DisplayName("failures are those of java.nio.file, as they are")
    void failures() throws Exception {
        Path missing = folder.resolve("missing");
        Path file = Files.writeString(folder.resolve("file"), "x");
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff});
        check.run(() -> {
            assertThatThrownBy(() -> LoopFiles.readString(missing)).isInstanceOf(NoSuchFileException.class);
            assertThatThrownBy(() -> LoopFiles.open(missing)).isInstanceOf(NoSuchFileException.class);
            assertThatThrownBy(() -> LoopFiles.delete(missing)).isInstanceOf(NoSuchFileException.class);
            assertThatThrownBy(() -> LoopFiles.list(file)).isInstanceOf(NotDirectoryException.class);
            assertThatThrownBy(() -> LoopFiles.copy(file, binary)).isInstanceOf(FileAlreadyExistsException.class);
            assertThatThrownBy(() -> LoopFiles.readString(binary)).isInstanceOf(CharacterCodingException.class);
            assertThatThrownBy(() -> LoopFiles.walk(folder, -1)).isInstanceOf(IllegalArgumentException.class);
            try (LoopFile directory = LoopFiles.open(folder)) {
                assertThatThrownBy(() -> directory.reader().readAll())
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("cannot read from " + folder);
            }
        });
        assertThatThrownBy(() -> LoopFiles.readString(file)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("a reader has the shape of a socket's: lines, separators, limits, the end")
    void reader() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "first\nsecond,third;" + "x".repeat(100_000) + "\nend");
        check.run(() -> {
            try (LoopFile opened = LoopFiles.open(file)) {
                StreamReader reader = opened.reader();
                assertThat(text(reader.readLine())).isEqualTo("first\n");
                assertThat(text(reader.readUntil(",".getBytes(UTF_8)))).isEqualTo("second,");
                assertThat(text(reader.readExactly(6))).isEqualTo("third;");
                assertThatThrownBy(reader::readLine).isInstanceOf(LimitOverrunException.class);
                StreamReader other = opened.reader(6, 200_000);
                assertThat(text(other.read(6))).isEqualTo("second");
                assertThat(other.readLine()).hasSize(100_008);
                assertThat(text(other.readLine())).isEqualTo("end");
                assertThat(other.atEof()).isTrue();
                assertThat(other.readLine()).isEmpty();
            }
        });
    }

    @Test
    @DisplayName("a reader of 20 MB holds no more than twice its limit, and gives every byte")
    void largeFile() throws Exception {
        byte[] content = new byte[20_000_000];
        new Random(7).nextBytes(content);
        Path file = Files.write(folder.resolve("file"), content);
        check.run(() -> {
            try (LoopFile opened = LoopFiles.open(file)) {
                StreamReader reader = opened.reader();
                LoopCheck.awaitTrue("it pauses", () -> reader.toString().contains("paused"));
                int position = 0;
                for (byte[] next = reader.read(50_000); next.length > 0; next = reader.read(50_000)) {
                    assertThat(Arrays.equals(next, 0, next.length, content, position, position + next.length))
                            .isTrue();
                    position += next.length;
                }
                assertThat(position).isEqualTo(content.length);
            }
        });
    }

    @Test
    @DisplayName("each line is given to the task, without its end, whatever that is")
    void lines() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "a\n\r\nb\r\n\nlast");
        check.run(() -> {
            List<String> lines = new ArrayList<>();
            LoopFiles.forEachLine(file, lines::add);
            assertThat(lines).containsExactly("a", "", "b", "", "last");
        });
    }

    @Test
    @DisplayName("read and write at positions, one after another, at the end; cut, flushed, closed")
    void positions() throws Exception {
        Path file = folder.resolve("file");
        check.run(() -> {
            LoopFile opened =
                    LoopFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            opened.write("hello ");
            opened.write("world");
            opened.write("W".getBytes(UTF_8), 6);
            assertThat(text(opened.read(6, 100))).isEqualTo("World");
            assertThat(opened.read(100, 5)).isEmpty();
            assertThat(text(opened.readExactly(0, 5))).isEqualTo("hello");
            assertThatThrownBy(() -> opened.readExactly(6, 6)).isInstanceOf(EOFException.class);
            opened.truncate(5);
            opened.flush();
            assertThat(opened.size()).isEqualTo(5);
            opened.close();
            opened.close();
            opened.waitClosed();
            assertThat(opened.isOpen()).isFalse();
            assertThatThrownBy(opened::size).isInstanceOf(ClosedChannelException.class);
            try (LoopFile more = LoopFiles.open(file, StandardOpenOption.APPEND)) {
                more.write("!");
                more.write("!");
            }
            assertThat(LoopFiles.readString(file)).isEqualTo("hello!!");
        });
    }

    @Test
    @DisplayName("tasks that write at once do not mix their bytes")
    void concurrentWrites() throws Exception {
        Path file = folder.resolve("file");
        check.run(() -> {
            try (LoopFile opened = LoopFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                List<Task<?>> writers = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    String line = ("" + (char) ('a' + i % 26)).repeat(10_000) + "\n";
                    writers.add(check.loop().createTask(() -> opened.write(line)));
                }
                for (Task<?> writer : writers) {
                    writer.await();
                }
            }
            List<String> lines = LoopFiles.readAllLines(file);
            assertThat(lines)
                    .hasSize(50)
                    .allMatch(line ->
                            line.length() == 10_000 && line.chars().distinct().count() == 1);
        });
    }

    private static void blockUntil(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    @Test
    @DisplayName("the loop goes on while a file is worked on")
    void offTheLoop() throws Exception {
        check.run(() -> {
            CountDownLatch go = new CountDownLatch(1);
            AtomicBoolean ended = new AtomicBoolean();
            Task<?> slow = check.loop()
                    .createTask(() -> OffLoop.finish(() -> {
                        blockUntil(go);
                        ended.set(true);
                    }));
            Async.yieldNow();
            assertThat(slow.isDone()).isFalse();
            go.countDown();
            slow.await();
            assertThat(ended).isTrue();
        });
    }

    @Test
    @DisplayName(
            "what changes something is brought to its end before a cancellation is thrown; who is cancelled before has done nothing")
    void cancelled() throws Exception {
        check.run(() -> {
            CountDownLatch go = new CountDownLatch(1);
            AtomicBoolean ended = new AtomicBoolean();
            Task<?> slow = check.loop()
                    .createTask(() -> OffLoop.finish(() -> {
                        blockUntil(go);
                        ended.set(true);
                    }));
            Async.yieldNow();
            slow.cancel();
            Async.yieldNow();
            slow.cancel("again");
            Async.yieldNow();
            assertThat(slow.isDone()).isFalse();
            go.countDown();
            assertThatThrownBy(slow::await).isInstanceOf(CancelledException.class);
            assertThat(ended).isTrue();

            Path never = folder.resolve("never");
            Task<?> unbegun = check.loop().createTask(() -> {
                Async.currentTask().cancel();
                LoopFiles.writeString(never, "x");
            });
            assertThatThrownBy(unbegun::await).isInstanceOf(CancelledException.class);
            assertThat(never).doesNotExist();
        });
    }

    @Test
    @DisplayName("what was made for a task that is cancelled before it can take it is undone")
    void cancelledWhenMade() throws Exception {
        check.run(() -> {
            CountDownLatch go = new CountDownLatch(1);
            AtomicReference<Thread> worker = new AtomicReference<>();
            CountDownLatch undone = new CountDownLatch(1);
            Task<String> making = check.loop()
                    .createTask(() -> OffLoop.make(
                            () -> {
                                blockUntil(go);
                                worker.set(Thread.currentThread());
                                return "made";
                            },
                            what -> undone.countDown()));
            Async.yieldNow();
            go.countDown();
            // Holds the loop until the worker is idle again, so that the task cannot take what is there.
            while (worker.get() == null || worker.get().getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait();
            }
            making.cancel();
            assertThatThrownBy(making::await).isInstanceOf(CancelledException.class);
            blockUntil(undone);
        });
    }

    @Test
    @DisplayName("a file whose opener is cancelled is closed again")
    void cancelledOpen() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        check.run(() -> {
            LoopFiles.open(file).close();
            Task<?> warm = check.loop().createTask(() -> LoopFiles.readString(file));
            warm.await();
            long before = Descriptors.open();
            for (int i = 0; i < 100; i++) {
                Task<LoopFile> opening = check.loop().createTask(() -> LoopFiles.open(file));
                for (int turns = i % 4; turns > 0; turns--) {
                    Async.yieldNow();
                }
                opening.cancel();
                try {
                    opening.await().close();
                } catch (CancelledException e) {
                    // as wanted
                }
            }
            Descriptors.awaitAtMost(before);
        });
    }

    @Test
    @DisplayName("a read that is cancelled loses nothing")
    void cancelledRead() throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(3).nextBytes(content);
        Path file = Files.write(folder.resolve("file"), content);
        check.run(() -> {
            try (LoopFile opened = LoopFiles.open(file)) {
                StreamReader reader = opened.reader();
                int position = 0;
                for (int i = 0; position < content.length; i++) {
                    Task<byte[]> reading = check.loop().createTask(() -> reader.read(10_000));
                    Async.yieldNow();
                    if (i % 2 == 0) {
                        reading.cancel();
                    }
                    try {
                        byte[] next = reading.await();
                        assertThat(Arrays.equals(next, 0, next.length, content, position, position + next.length))
                                .isTrue();
                        position += next.length;
                    } catch (CancelledException e) {
                        // nothing was taken
                    }
                }
            }
        });
    }
}
