package io.loomloop.examples.recipes;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ExpandWar;
import org.apache.catalina.startup.Tomcat;

/** Tomcat: requests are tasks of the loop; a thread of Tomcat's accepts, and one selects. */
public final class TomcatRecipe {
    private TomcatRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Recipe.main(TomcatRecipe::run);
    }

    static Burst.Result run(ExecutorService executor, Wait wait) throws Exception {
        Burst burst = new Burst();
        Path folder = Files.createTempDirectory("loomloop-tomcat");
        Tomcat tomcat = new Tomcat();
        tomcat.setSilent(true);
        tomcat.setBaseDir(folder.toString());
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", InetAddress.getLoopbackAddress().getHostAddress());
        connector.setProperty("acceptCount", "1000");
        connector.getProtocolHandler().setExecutor(executor); // Tomcat does not shut down what it is given
        tomcat.setConnector(connector);
        StandardContext context = (StandardContext) tomcat.addContext("", folder.toString());
        context.setClearReferencesRmiTargets(false); // would need --add-opens
        Tomcat.addServlet(context, "recipe", new Blocking(burst, wait)).addMapping("/");
        tomcat.start();
        try {
            return burst.get(connector.getLocalPort());
        } finally {
            tomcat.stop();
            tomcat.destroy();
            System.clearProperty("catalina.home"); // the next Tomcat would make this folder again
            ExpandWar.delete(folder.toFile());
        }
    }

    private static final class Blocking extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient Burst burst;
        private final Wait wait;

        Blocking(Burst burst, Wait wait) {
            this.burst = burst;
            this.wait = wait;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            try {
                response.getWriter().write(burst.serve(wait));
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException().initCause(e);
            }
        }
    }
}
