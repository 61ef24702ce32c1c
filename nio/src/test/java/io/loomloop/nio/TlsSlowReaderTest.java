package io.loomloop.nio;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("TLS: peers that do not read cost no more than the high-water mark and one write, each")
@OneDriver
@ExtendWith(WarmTls.class)
class TlsSlowReaderTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @ParameterizedTest
    @EnumSource
    @DisplayName("whatever the writer calls, as long as it drains; and the loop goes on")
    void bounded(WriteCall call) throws Exception {
        SlowPeers.write(check, call, true);
    }

    @Test
    @DisplayName("when the output is ended behind what they do not take")
    void writeEof() throws Exception {
        SlowPeers.end(check, StreamWriter::writeEof, true);
    }

    @Test
    @DisplayName("when the connection is closed behind what they do not take")
    void close() throws Exception {
        SlowPeers.end(check, StreamWriter::close, true);
    }
}
