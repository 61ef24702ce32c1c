package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;

/** gRPC: calls are served by tasks of the loop, and Netty's threads do input and output. */
public final class GrpcRecipe {
    private static final MethodDescriptor<String, String> METHOD = MethodDescriptor.<String, String>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("Recipe/Block")
            .setRequestMarshaller(new Text())
            .setResponseMarshaller(new Text())
            .build();

    private GrpcRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Recipe.main(GrpcRecipe::run);
    }

    static Burst.Result run(ExecutorService executor, Wait wait) throws Exception {
        Burst burst = new Burst();
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .executor(executor)
                .addService(ServerServiceDefinition.builder("Recipe")
                        .addMethod(METHOD, ServerCalls.asyncUnaryCall((text, out) -> block(burst, wait, out)))
                        .build())
                .build()
                .start();
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()))
                .usePlaintext()
                .build();
        try {
            return burst.send(number ->
                    ClientCalls.futureUnaryCall(channel.newCall(METHOD, CallOptions.DEFAULT), "request " + number));
        } finally {
            channel.shutdownNow();
            server.shutdown().awaitTermination();
        }
    }

    private static void block(Burst burst, Wait wait, StreamObserver<String> answer) {
        try {
            answer.onNext(burst.serve(wait));
            answer.onCompleted();
        } catch (InterruptedException e) {
            answer.onError(Status.CANCELLED.withCause(e).asRuntimeException());
        }
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
