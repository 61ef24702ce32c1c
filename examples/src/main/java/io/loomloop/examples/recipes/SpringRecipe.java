package io.loomloop.examples.recipes;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.startup.ExpandWar;
import org.apache.coyote.ProtocolHandler;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.tomcat.TomcatProtocolHandlerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestContextHolder;

/**
 * Spring Boot: its Tomcat serves requests as tasks of the loop, and its {@code AsyncTaskExecutor} runs {@code @Async} methods as
 * tasks of the same loop.
 */
public final class SpringRecipe {
    private static final Logger TOMCAT =
            Logger.getLogger("org.apache"); // held, because a forgotten one forgets its level

    private SpringRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Recipe.main(SpringRecipe::run);
    }

    /** A request waits in that way in its controller, and once more in an {@code @Async} method. */
    static Burst.Result run(ExecutorService executor, Wait wait) throws Exception {
        Burst burst = new Burst();
        Path folder = Files.createTempDirectory("loomloop-spring");
        try (ConfigurableApplicationContext context = start(executor, burst, wait, folder)) {
            return burst.get(context.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
        } finally {
            System.clearProperty("catalina.home"); // the next Tomcat would make this folder again
            ExpandWar.delete(folder.toFile());
        }
    }

    private static ConfigurableApplicationContext start(ExecutorService executor, Burst burst, Wait wait, Path folder) {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE); // or it would set up the program's anew
        TOMCAT.setLevel(Level.WARNING);
        SpringApplication application = new SpringApplication(Application.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.setRegisterShutdownHook(false);
        application.addInitializers(context -> {
            // Not a @Bean, which Spring would shut down with the context, unless it has destroyMethod = ""
            ConfigurableListableBeanFactory beans = context.getBeanFactory();
            beans.registerSingleton("loop", executor);
            beans.registerSingleton("burst", burst);
            beans.registerSingleton("wait", wait);
        });
        return application.run(
                "--server.address=" + InetAddress.getLoopbackAddress().getHostAddress(),
                "--server.port=0",
                "--server.tomcat.accept-count=1000",
                "--server.tomcat.basedir=" + folder,
                "--spring.mvc.async.request-timeout=2m"); // one platform thread takes nearly one
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableAsync
    @Import({Requests.class, Service.class})
    static class Application {
        @Bean
        TomcatProtocolHandlerCustomizer<ProtocolHandler> requestsAreTasks(ExecutorService loop) {
            return handler -> handler.setExecutor(loop); // Tomcat does not shut down what it is given
        }

        /** The name by which Spring MVC finds it too, for a {@code Callable} that a controller returns. */
        @Bean
        AsyncTaskExecutor applicationTaskExecutor(ExecutorService loop) {
            return new ConcurrentTaskExecutor(loop);
        }
    }

    @RestController
    static class Requests {
        private final Burst burst;
        private final Wait wait;
        private final Service service;

        Requests(Burst burst, Wait wait, Service service) {
            this.burst = burst;
            this.wait = wait;
            this.service = service;
        }

        @GetMapping("/")
        CompletableFuture<String> get() throws InterruptedException {
            burst.serve(wait);
            return service.serve();
        }
    }

    static class Service {
        private final Burst burst;
        private final Wait wait;

        Service(Burst burst, Wait wait) {
            this.burst = burst;
            this.wait = wait;
        }

        @Async
        CompletableFuture<String> serve() throws InterruptedException {
            if (RequestContextHolder.getRequestAttributes() != null) {
                throw new IllegalStateException("called by the request, not by the executor");
            }
            return CompletableFuture.completedFuture(burst.serve(wait));
        }
    }
}
