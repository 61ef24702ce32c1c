package io.loomloop.examples.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("500 requests that block 50 ms each, on one loop:")
@Timeout(60)
class RecipesTest {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    /** One after the other, 500 requests take 25 s; so if one attempt is within the limit, it is no matter of luck. */
    private static final int ATTEMPTS = 5;

    static final String LOOP = "recipe-loop";

    private static EmbeddedPostgres postgres;

    private EventLoop loop;

    @BeforeAll
    static void startPostgres() throws Exception {
        postgres = EmbeddedPostgres.start();
    }

    @AfterAll
    static void stopPostgres() {
        postgres.close();
    }

    @BeforeEach
    void startLoop() {
        loop = EventLoop.builder().name(LOOP).start();
    }

    @AfterEach
    void closeLoop() {
        loop.close();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("the JDK's HttpServer and HttpClient")
    void jdkHttp(Wait wait) throws Exception {
        check(JdkHttpRecipe::run, wait);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Jetty")
    void jetty(Wait wait) throws Exception {
        check(JettyRecipe::run, wait);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Tomcat")
    void tomcat(Wait wait) throws Exception {
        check(TomcatRecipe::run, wait);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("HikariCP and pgjdbc, which wait for a query as well")
    void hikari(Wait wait) throws Exception {
        check((executor, how) -> HikariRecipe.run(executor, how, postgres.url()), wait);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Kotlin's coroutines")
    void coroutines(Wait wait) throws Exception {
        check(CoroutinesRecipe::run, wait);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("OpenTelemetry, which wraps the executor")
    void openTelemetry(Wait wait) throws Exception {
        check(OpenTelemetryRecipe::run, wait);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("gRPC")
    void grpc(Wait wait) throws Exception {
        check(GrpcRecipe::run, wait);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Spring Boot, which waits in an @Async method as well")
    void spring(Wait wait) throws Exception {
        check(SpringRecipe::run, wait);
    }

    private void check(Recipe recipe, Wait wait) throws Exception {
        check(loop, recipe, wait);
    }

    /** On a loop of the name {@link #LOOP}. */
    static void check(EventLoop loop, Recipe recipe, Wait wait) throws Exception {
        Burst.Result result = recipe.run(loop.executor(), wait);
        for (int i = 1; i < ATTEMPTS && result.took().compareTo(LIMIT) > 0; i++) {
            result = recipe.run(loop.executor(), wait);
        }
        assertThat(result.took()).isLessThan(LIMIT);
        assertThat(result.threads()).containsExactly(LOOP);
        assertThat(liveThreads().filter(name -> name.startsWith(LOOP)))
                .containsExactlyInAnyOrder(LOOP, LOOP + "-watchdog");
    }

    /** The names of all platform threads. */
    private static Stream<String> liveThreads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName);
    }
}
