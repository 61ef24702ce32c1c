package io.loomloop.nio;

import io.loomloop.spi.LoopDriver;
import org.junit.jupiter.api.Nested;

/**
 * What sockets do whoever serves them: the tests of streams and servers once more, on loops with the driver of a subclass. By
 * themselves those tests run with the default, a {@link SelectorThread}.
 */
abstract class StreamContract {
    abstract LoopDriver newDriver();

    /** False when connections of this driver cannot be reset: their peers find the end of what was cut off. */
    boolean resets() {
        return true;
    }

    @Nested
    class Admission extends AdmissionTest {}

    @Nested
    class Binding extends BindingTest {}

    @Nested
    class Connect extends ConnectTest {}

    @Nested
    class Deadline extends DeadlineTest {}

    @Nested
    class Datagram extends DatagramTest {}

    @Nested
    class DatagramGroup extends DatagramGroupTest {}

    @Nested
    class Descriptor extends DescriptorTest {}

    @Nested
    class Echo extends EchoTest {}

    @Nested
    class EndlessInput extends EndlessInputTest {}

    @Nested
    class FaultProxies extends FaultProxyTest {}

    @Nested
    class FlowControl extends FlowControlTest {}

    @Nested
    class Interrupt extends InterruptTest {}

    @Nested
    class Linger extends LingerTest {}

    @Nested
    class Files extends LoopFilesTest {}

    @Nested
    class LoopClose extends LoopCloseTest {}

    @Nested
    class Loss extends LossTest {}

    @Nested
    class LostClient extends LostClientTest {}

    @Nested
    class MaxConnections extends MaxConnectionsTest {}

    @Nested
    class OpenAndClose extends OpenCloseTest {}

    @Nested
    class Outbound extends OutboundTest {}

    @Nested
    class Outcome extends OutcomeTest {}

    @Nested
    class Reader extends ReaderTest {}

    @Nested
    class ReadInto extends ReadIntoTest {}

    @Nested
    class ReaderTurns extends ReaderTurnsTest {}

    @Nested
    class Reset extends ResetTest {}

    @Nested
    class Server extends ServerTest {}

    @Nested
    class ServerOptions extends ServerOptionsTest {}

    @Nested
    class Shutdown extends ShutdownTest {}

    @Nested
    class SlowReader extends SlowReaderTest {}

    @Nested
    class SocketAddress extends SocketAddressTest {}

    @Nested
    class Programs extends SubprocessTest {}

    @Nested
    class Truncation extends TruncationTest {}

    @Nested
    class TlsBytes extends TlsTest {}

    @Nested
    class TlsClose extends TlsCloseTest {}

    @Nested
    class TlsEnd extends TlsEndTest {}

    @Nested
    class TlsPipes extends TlsPipesTest {}

    @Nested
    class TlsFlood extends TlsFloodTest {}

    @Nested
    class TlsHostile extends TlsHostileTest {}

    @Nested
    class TlsPlaces extends TlsPlacesTest {}

    @Nested
    class TlsHandshakes extends TlsHandshakeTest {}

    @Nested
    class TlsSettings extends TlsSettingsTest {}

    @Nested
    class TlsUpgrades extends TlsUpgradeTest {}

    @Nested
    class WriteAfterClose extends WriteAfterCloseTest {}

    @Nested
    class Writer extends WriterTest {}

    @Nested
    class Groups extends GroupServerTest {}

    @Nested
    class GroupEnds extends GroupServerEndTest {}

    @Nested
    class HappyEyeballs extends HappyEyeballsTest {}

    @Nested
    class UnixConnection extends UnixConnectionTest {}

    @Nested
    class UnixServer extends UnixServerTest {}

    @Nested
    class SocketOperations extends SocketsTest {}

    @Nested
    class SocketCancellation extends SocketsCancelTest {}

    @Nested
    class Readiness extends ReadinessTest {}

    @Nested
    class SendFile extends SendFileTest {}

    @Nested
    class FileAndClose extends FileAndCloseTest {}

    @Nested
    class PipeStreams extends PipesTest {}

    @Nested
    class Adopt extends AdoptTest {}

    @Nested
    class TransportBasics extends TransportTest {}

    @Nested
    class TransportEnd extends TransportEndTest {}

    @Nested
    class TransportTls extends TransportTlsTest {}

    @Nested
    class TransportFlow extends TransportFlowTest {}

    @Nested
    class Buffered extends BufferedProtocolTest {}

    @Nested
    class ProtocolServer extends ProtocolServerTest {}

    @Nested
    class StreamLimit extends StreamLimitTest {}

    @Nested
    class Connections extends ConnectionTest {}

    @Nested
    class Datagrams extends DatagramTransportTest {}
}
