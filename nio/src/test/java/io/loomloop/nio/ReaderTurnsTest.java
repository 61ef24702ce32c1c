package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.Task;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A reader serves one task at a time")
class ReaderTurnsTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("also when the first lets others run before it begins")
    void yieldBeforeReading() throws Exception {
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withLimit(8))) {
            peer.socket.getOutputStream().write(new byte[40]);
            List<Task<byte[]>> readers = check.call(() -> {
                peer.reader.readExactly(40);
                return Stream.of("one", "two")
                        .map(name -> Async.createTask(name, () -> peer.reader.read(10)))
                        .toList();
            });
            LoopCheck.awaitTrue("one is refused", () -> readers.stream().anyMatch(Task::isDone));
            peer.socket.getOutputStream().write(new byte[10]);
            LoopCheck.awaitTrue("the other has read", () -> readers.stream().allMatch(Task::isDone));
            assertThat(readers)
                    .filteredOn(task -> task.exception() instanceof IllegalStateException)
                    .hasSize(1);
            assertThat(readers)
                    .filteredOn(task -> task.exception() == null)
                    .singleElement()
                    .satisfies(task -> assertThat(task.result()).hasSize(10));
        }
    }
}
