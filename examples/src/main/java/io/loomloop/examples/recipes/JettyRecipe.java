package io.loomloop.examples.recipes;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Jetty 12: handlers are tasks of the loop. A small pool of Jetty's own accepts and selects, because a selector holds a loop on
 * JDK 21; what may block it hands to its "virtual threads executor".
 */
public final class JettyRecipe {
    private JettyRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Recipe.main(JettyRecipe::run);
    }

    static Burst.Result run(ExecutorService executor, Wait wait) throws Exception {
        QueuedThreadPool pool = new QueuedThreadPool(8);
        pool.setName("jetty");
        pool.setVirtualThreadsExecutor(executor);
        Server server = new Server(pool);
        ServerConnector connector = new ServerConnector(server, 1, 1);
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        connector.setAcceptQueueSize(1000);
        server.addConnector(connector);
        Burst burst = new Burst();
        server.setHandler(
                new Handler.Abstract() { // not NonBlocking: that would be called by the selector
                    @Override
                    public boolean handle(Request request, Response response, Callback callback) throws Exception {
                        byte[] answer = burst.serve(wait).getBytes(StandardCharsets.US_ASCII);
                        response.write(true, ByteBuffer.wrap(answer), callback);
                        return true;
                    }
                });
        server.start();
        try {
            return burst.get(connector.getLocalPort());
        } finally {
            server.stop();
        }
    }
}
