package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ContextVar;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.testing.LoopExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Looking up names")
class LookUpTest {
    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static StreamOptions by(Resolver resolver) {
        return StreamOptions.DEFAULT.withResolver(resolver);
    }

    /** Waits as the JDK's resolver does. */
    private static void awaitInSpiteOfInterrupts(CountDownLatch latch) {
        boolean waiting = true;
        while (waiting) {
            try {
                latch.await();
                waiting = false;
            } catch (InterruptedException e) {
                // goes on
            }
        }
    }

    @Nested
    @DisplayName("in real time")
    class RealTime {
        @RegisterExtension
        static final LoopExtension loops = LoopExtension.realTime();

        @Test
        @DisplayName("a resolver is asked on a thread of the pool, in the context of the task; its order is kept")
        void answer() throws IOException {
            ContextVar<String> user = ContextVar.of("user");
            user.set("alice");
            List<String> seen = new ArrayList<>();
            Resolver resolver = host -> {
                seen.add(Thread.currentThread().getName() + " " + user.get() + " " + host);
                return List.of(address("10.0.0.2"), address("::1"), address("10.0.0.1"));
            };
            assertThat(Streams.lookUp("db", by(resolver)))
                    .containsExactly(address("10.0.0.2"), address("::1"), address("10.0.0.1"));
            assertThat(seen).singleElement().asString().matches("loomloop-resolver-\\d+ alice db");
        }

        @Test
        @DisplayName("a literal address is not asked for")
        void literal() throws IOException {
            Resolver none = host -> {
                throw new AssertionError(host);
            };
            assertThat(Streams.lookUp("127.0.0.1", by(none))).containsExactly(address("127.0.0.1"));
            assertThat(Streams.lookUp("[::1]", by(none))).containsExactly(address("::1"));
        }

        @Test
        @DisplayName("the system knows localhost")
        void system() throws IOException {
            assertThat(Streams.lookUp("localhost")).isNotEmpty().allMatch(InetAddress::isLoopbackAddress);
            assertThat(Streams.lookUpName(address("127.0.0.1"))).isNotEmpty();
        }

        @Test
        @DisplayName("an address is turned into a name by the resolver too")
        void name() throws IOException {
            Resolver resolver = new Resolver() {
                @Override
                public List<InetAddress> addressesOf(String host) {
                    return List.of();
                }

                @Override
                public String nameOf(InetAddress address) {
                    return "host-" + address.getHostAddress();
                }
            };
            assertThat(Streams.lookUpName(address("10.0.0.1"), by(resolver))).isEqualTo("host-10.0.0.1");
        }

        @Test
        @DisplayName("a failure of the resolver is thrown as it is, an unknown host with the stack of the caller")
        void failures() {
            IOException broken = new IOException("broken");
            assertThatThrownBy(() -> Streams.lookUp("db", by(host -> {
                        throw broken;
                    })))
                    .isSameAs(broken);
            IllegalStateException bug = new IllegalStateException("bug");
            assertThatThrownBy(() -> Streams.lookUp("db", by(host -> {
                        throw bug;
                    })))
                    .isSameAs(bug);
            UnknownHostException unknown = new UnknownHostException("db");
            assertThatThrownBy(() -> Streams.lookUp("db", by(host -> {
                        throw unknown;
                    })))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessage("db")
                    .hasCause(unknown);
        }

        @Test
        @DisplayName("an answer that is none is refused")
        void noAnswer() {
            assertThatThrownBy(() -> Streams.lookUp("db", by(host -> List.of())))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessage("the resolver knows no address of db");
            assertThatThrownBy(() -> Streams.lookUp("db", by(host -> null)))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessageContaining("the resolver must not answer null");
        }

        @Test
        @DisplayName("cancelling interrupts the resolver, and what it throws then is reported to nobody")
        void cancelled() throws InterruptedException {
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch interrupted = new CountDownLatch(1);
            Task<?> asking = Async.createTask(() -> Streams.lookUp("db", by(host -> {
                asked.countDown();
                try {
                    return List.of(address(new CountDownLatch(1).await(10, TimeUnit.SECONDS) ? "::1" : "::2"));
                } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw new IOException(e);
                }
            })));
            Async.toThread(() -> asked.await());
            asking.cancel();
            assertThatThrownBy(asking::await).isInstanceOf(CancelledException.class);
            Async.toThread(
                    () -> assertThat(interrupted.await(5, TimeUnit.SECONDS)).isTrue());
        }

        @Test
        @DisplayName(
                "threads are several, and none is kept; too many look-ups are refused; those nobody waits for make room")
        void full() {
            CountDownLatch release = new CountDownLatch(1);
            AtomicInteger busy = new AtomicInteger();
            StreamOptions patient = by(host -> {
                        busy.incrementAndGet();
                        awaitInSpiteOfInterrupts(release);
                        return List.of(address("10.0.0.1"));
                    })
                    .withResolveTimeout(Duration.ofDays(1));
            List<LoopFuture<?>> asking = new ArrayList<>();
            try {
                for (int i = 0; i < LookUpPool.THREADS; i++) {
                    asking.add(Async.createTask(() -> Streams.lookUp("db", patient)));
                }
                while (busy.get() < LookUpPool.THREADS) {
                    Async.sleep(Duration.ofMillis(1));
                }
                for (int i = 0; i < LookUpPool.QUEUE; i++) {
                    asking.add(Async.createTask(() -> Streams.lookUp("db", patient)));
                }
                Async.yieldNow();
                assertThatThrownBy(() -> Streams.lookUp("db", patient))
                        .isExactlyInstanceOf(IOException.class)
                        .hasMessageContaining("1000 look-ups wait already");
                asking.forEach(LoopFuture::cancel);
                assertThat(Async.gatherSettled(asking).await()).allMatch(LoopFuture::isCancelled);
                assertThatThrownBy(() -> Streams.lookUp("db", patient.withResolveTimeout(Duration.ofMillis(1))))
                        .as("it has a place in the queue")
                        .isInstanceOf(SocketTimeoutException.class);
                assertThat(Thread.getAllStackTraces().keySet())
                        .filteredOn(thread -> thread.getName().startsWith("loomloop-resolver-"))
                        .hasSize(LookUpPool.THREADS)
                        .allMatch(Thread::isDaemon);
                assertThat(((ThreadPoolExecutor) LookUpPool.EXECUTOR).allowsCoreThreadTimeOut())
                        .isTrue();
            } finally {
                release.countDown();
            }
        }

        @Test
        @DisplayName("bad settings are refused")
        void badSettings() {
            StreamOptions options = StreamOptions.DEFAULT;
            assertThat(options.resolveTimeout()).isEqualTo(Duration.ofSeconds(5));
            assertThat(options.connectDelay()).isEqualTo(Duration.ofMillis(250));
            assertThat(options.connectTimeout()).isNull();
            assertThat(options.localAddress()).isNull();
            assertThat(options.unixPermissions()).isNull();
            assertThatThrownBy(() -> options.withResolver(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> options.withResolveTimeout(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> options.withResolveTimeout(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> options.withConnectTimeout(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> options.withConnectTimeout(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> options.withConnectDelay(Duration.ofMillis(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> options.withConnectDelay(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> options.withUnixPermissions(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> options.withLocalAddress(InetSocketAddress.createUnresolved("db", 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be resolved");
            assertThatThrownBy(() -> DatagramOptions.DEFAULT.withResolveTimeout(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Streams.lookUp(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> Streams.lookUpName(null)).isInstanceOf(NullPointerException.class);
        }
    }

    @Nested
    @DisplayName("in virtual time, by a resolver that hangs")
    class VirtualTime {
        @RegisterExtension
        static final LoopExtension loops = new LoopExtension();

        private final CountDownLatch release = new CountDownLatch(1);
        private final Resolver hanging = host -> {
            awaitInSpiteOfInterrupts(release);
            return List.of(address("10.0.0.1"));
        };

        @AfterEach
        void release() {
            release.countDown();
        }

        @Test
        @DisplayName("it takes five seconds, or as long as the options say")
        void timeout(EventLoop loop) {
            long start = loop.time();
            assertThatThrownBy(() -> Streams.lookUp("db", by(hanging)))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("the look-up of db took longer than PT5S");
            assertThat(loop.time() - start).isEqualTo(TimeUnit.SECONDS.toNanos(5));
            assertThatThrownBy(() -> Streams.lookUp("db", by(hanging).withResolveTimeout(Duration.ofMillis(1))))
                    .isInstanceOf(SocketTimeoutException.class);
        }

        @Test
        @DisplayName("the limit for a connection holds for the look-up too, and for whoever looks up")
        void others(EventLoop loop) {
            long start = loop.time();
            assertThatThrownBy(() ->
                            Streams.openConnection("db", 80, by(hanging).withConnectTimeout(Duration.ofSeconds(1))))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("PT1S");
            assertThat(loop.time() - start).isEqualTo(TimeUnit.SECONDS.toNanos(1));
            assertThatThrownBy(() -> Streams.startServer((in, out) -> {}, "db", 0, by(hanging)))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThatThrownBy(() -> DatagramEndpoint.bind("db", 0, DatagramOptions.DEFAULT.withResolver(hanging)))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }
}
