package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The end of a loop. */
class CloseTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("close returns even when its last task is over before anybody waits for it")
    void closeDoesNotMissTheEndOfItsLastTask() {
        for (int i = 0; i < 200; i++) {
            EventLoop loop = loops.start();
            loop.close();
            assertThat(loop.isClosed()).isTrue();
        }
    }
}
