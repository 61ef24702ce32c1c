package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("writeLines joins small pieces")
class JoinTest {
    @Test
    @DisplayName("in no more memory than they need")
    void capacity() {
        assertThat(StreamWriter.join(List.of(new byte[3], new byte[0], new byte[4])))
                .singleElement()
                .satisfies(joined -> assertThat(joined.capacity()).isEqualTo(7));
        assertThat(StreamWriter.join(Collections.nCopies(100, new byte[1000])))
                .extracting(ByteBuffer::capacity)
                .containsExactly(64 << 10, 35_000);
        assertThat(StreamWriter.join(List.of())).isEmpty();
    }
}
