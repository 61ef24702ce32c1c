package io.loomloop.bench.echo;

import com.sun.management.OperatingSystemMXBean;
import io.loomloop.EventLoop;
import io.loomloop.nio.ProactorDriver;
import io.loomloop.nio.SelectorDriver;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import io.loomloop.nio.Streams;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A process that echoes, bytes or the bodies of HTTP. Says its port, and then for each line it gets how many nanoseconds of processor time it has used; ends with
 * its input.
 */
final class EchoServer {
    private static final int BACKLOG = 2000;
    private static final int CHUNK = 64 << 10;

    private EchoServer() {}

    public static void main(String[] args) throws Exception {
        int port = switch (args[0]) {
            case "netty" -> netty(pipeline -> pipeline.addLast(new NettyEcho()));
            case "netty-http" ->
                netty(pipeline -> pipeline.addLast(
                        new HttpServerCodec(), new HttpObjectAggregator(NettyHttp.MAX_BODY), new NettyHttp()));
            case "selector" ->
                loomloop(EventLoop.builder().driver(new SelectorDriver()).start(), sharedBuffer());
            case "selector-own" ->
                loomloop(EventLoop.builder().driver(new SelectorDriver()).start(), EchoServer::buffer);
            case "selector-thread" -> loomloop(EventLoop.start(), EchoServer::buffer);
            case "proactor" ->
                loomloop(EventLoop.builder().driver(new ProactorDriver()).start(), EchoServer::buffer);
            case "jdk" -> virtualThreads();
            default -> burning(args[0]);
        };
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        System.out.println(port);
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (asked.readLine() != null) {
            System.out.println(system.getProcessCpuTime());
        }
        System.exit(0);
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(CHUNK);
    }

    /** The same memory for all tasks of a loop, see {@link StreamReader#read(ByteBuffer)}. */
    private static Supplier<ByteBuffer> sharedBuffer() {
        return buffer()::duplicate;
    }

    private static int loomloop(EventLoop loop, Supplier<ByteBuffer> buffers) throws Exception {
        return loop.createTask(() -> Streams.startServer(
                                (reader, writer) -> echo(reader, writer, buffers.get()),
                                "127.0.0.1",
                                0,
                                StreamOptions.DEFAULT.withBacklog(BACKLOG))
                        .port())
                .get();
    }

    private static void echo(StreamReader reader, StreamWriter writer, ByteBuffer buffer) throws IOException {
        while (reader.read(buffer.clear()) >= 0) {
            writer.write(buffer.flip());
            writer.drain();
        }
    }

    /** A virtual thread of the JDK's for each connection, with blocking sockets. */
    private static int virtualThreads() throws IOException {
        ServerSocket listening = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(() -> {
            try {
                while (true) {
                    Socket client = listening.accept();
                    Thread.startVirtualThread(() -> echo(client));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return listening.getLocalPort();
    }

    private static void echo(Socket socket) {
        try (Socket client = socket) {
            client.setTcpNoDelay(true);
            byte[] buffer = new byte[CHUNK];
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // The load is over, and has closed its end.
        }
    }

    /** {@code burning-2-5000}: on two loops, 5000 steps of work for each request. */
    private static int burning(String name) throws IOException {
        String[] parts = name.split("-", -1);
        if (parts.length != 3 || !parts[0].equals("burning")) {
            throw new IllegalArgumentException("no such server: " + name);
        }
        return Burning.start(Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    private static int netty(Consumer<ChannelPipeline> handlers) throws Exception {
        Channel listening = new ServerBootstrap()
                .group(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()))
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        handlers.accept(channel.pipeline());
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    private static final class NettyEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var unused = context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var unused = context.close();
        }
    }
}
