package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.testing.LoopExtension;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LoopExtension.class)
@DisplayName("Happy eyeballs, in virtual time")
class ConnectRaceTest {
    private static final int NEVER = -1;

    private final Map<String, FakeAttempt> attempts = new LinkedHashMap<>();
    private final Map<String, Integer> answers = new LinkedHashMap<>();
    private final Map<String, Integer> refusals = new LinkedHashMap<>();
    private final List<String> log = new ArrayList<>();
    private long start;

    private static final class FakeAttempt implements ConnectRace.Attempt {
        private IOException failure;
        private boolean settled;
        private boolean aborted;

        @Override
        public boolean isSettled() {
            return settled;
        }

        @Override
        public IOException failure() {
            return failure;
        }

        @Override
        public void abort() {
            aborted = true;
        }

        void settle(IOException cause, Runnable whenSettled) {
            failure = cause;
            settled = true;
            whenSettled.run();
        }
    }

    private FakeAttempt begin(SocketAddress address, Runnable whenSettled) {
        EventLoop loop = EventLoop.current();
        String host = ((InetSocketAddress) address).getAddress().getHostAddress();
        log.add((loop.time() - start) / 1_000_000 + " " + host);
        FakeAttempt attempt = new FakeAttempt();
        attempts.put(host, attempt);
        if (answers.getOrDefault(host, NEVER) != NEVER) {
            loop.callLater(Duration.ofMillis(answers.get(host)), () -> attempt.settle(null, whenSettled));
        }
        if (refusals.getOrDefault(host, NEVER) != NEVER) {
            loop.callLater(
                    Duration.ofMillis(refusals.get(host)),
                    () -> attempt.settle(new ConnectException("refused"), whenSettled));
        }
        return attempt;
    }

    private static List<SocketAddress> addresses(String... hosts) {
        return Stream.of(hosts)
                .map(host -> (SocketAddress) new InetSocketAddress(host, 80))
                .toList();
    }

    private FakeAttempt race(Duration delay, Duration timeout, String... hosts) throws IOException {
        start = EventLoop.current().time();
        return new ConnectRace<>(EventLoop.current(), addresses(hosts), delay, this::begin).run(timeout);
    }

    private FakeAttempt race(String... hosts) throws IOException {
        return race(Duration.ofMillis(250), null, hosts);
    }

    private long elapsed() {
        return (EventLoop.current().time() - start) / 1_000_000;
    }

    @Test
    @DisplayName("families take turns, beginning with the first address's; in a family the order is kept")
    void interleave() {
        assertThat(ConnectRace.interleave(addresses("1.0.0.1", "1.0.0.2", "1.0.0.3", "::1", "::2")))
                .isEqualTo(addresses("1.0.0.1", "::1", "1.0.0.2", "::2", "1.0.0.3"));
        assertThat(ConnectRace.interleave(addresses("::1", "::2", "1.0.0.1")))
                .isEqualTo(addresses("::1", "1.0.0.1", "::2"));
        assertThat(ConnectRace.interleave(addresses("1.0.0.1"))).isEqualTo(addresses("1.0.0.1"));
    }

    @Test
    @DisplayName("one address: no timer, no task, no other attempt")
    void single(EventLoop loop) throws IOException {
        answers.put("1.0.0.1", 10_000);
        Task<?> watcher = Async.createTask(() -> {
            Async.sleep(Duration.ofSeconds(1));
            assertThat(loop.tasks()).hasSize(2);
            assertThat(loop.statistics().timers()).as("the one of the fake").isEqualTo(1);
        });
        assertThat(race("1.0.0.1")).isSameAs(attempts.get("1.0.0.1"));
        assertThat(elapsed()).isEqualTo(10_000);
        watcher.result();
    }

    @Test
    @DisplayName(
            "row 75: an address that does not answer has 250 ms before the next is tried as well; the first answer wins")
    void delay() throws IOException {
        answers.put("1.0.0.1", 600);
        answers.put("::1", 550);
        answers.put("1.0.0.2", 50);
        assertThat(race("1.0.0.1", "1.0.0.2", "::1")).isSameAs(attempts.get("1.0.0.2"));
        assertThat(log).containsExactly("0 1.0.0.1", "250 0:0:0:0:0:0:0:1", "500 1.0.0.2");
        assertThat(elapsed()).isEqualTo(550);
        assertThat(attempts.get("1.0.0.1").aborted).isTrue();
        assertThat(attempts.get("0:0:0:0:0:0:0:1").aborted).isTrue();
        assertThat(attempts.get("1.0.0.2").aborted).isFalse();
    }

    @Test
    @DisplayName("row 75: an address that fails is followed by the next one at once, which then has its full time")
    void failure() throws IOException {
        refusals.put("1.0.0.1", 100);
        answers.put("1.0.0.3", 10);
        race("1.0.0.1", "1.0.0.2", "1.0.0.3");
        assertThat(log).containsExactly("0 1.0.0.1", "100 1.0.0.2", "350 1.0.0.3");
    }

    @Test
    @DisplayName("the failure of an earlier address does not hurry the later ones")
    void earlierFailure() throws IOException {
        refusals.put("1.0.0.1", 300);
        answers.put("1.0.0.3", 10);
        race("1.0.0.1", "1.0.0.2", "1.0.0.3");
        assertThat(log).containsExactly("0 1.0.0.1", "250 1.0.0.2", "500 1.0.0.3");
    }

    @Test
    @DisplayName("an attempt that cannot even begin is followed by the next one at once")
    void cannotBegin() throws IOException {
        answers.put("1.0.0.2", 10);
        start = EventLoop.current().time();
        FakeAttempt winner = new ConnectRace<>(
                        EventLoop.current(),
                        addresses("1.0.0.1", "1.0.0.2"),
                        Duration.ofMillis(250),
                        (address, done) -> {
                            if (address.toString().contains("1.0.0.1")) {
                                throw new SocketException("unreachable");
                            }
                            return begin(address, done);
                        })
                .run(null);
        assertThat(winner.aborted).isFalse();
        assertThat(log).containsExactly("0 1.0.0.2");
    }

    @Test
    @DisplayName("row 75: of two that answer at once the earlier one wins, the other is given up")
    void twoAtOnce() throws IOException {
        answers.put("1.0.0.1", 400);
        answers.put("1.0.0.2", 150);
        assertThat(race("1.0.0.1", "1.0.0.2")).isSameAs(attempts.get("1.0.0.1"));
        assertThat(attempts.get("1.0.0.2").aborted).isTrue();
    }

    @Test
    @DisplayName("row 75: when all fail, the first failure has the others suppressed, each with its address")
    void allFail() {
        refusals.put("1.0.0.1", 500);
        refusals.put("1.0.0.2", 10);
        refusals.put("1.0.0.3", 10);
        assertThatThrownBy(() -> race("1.0.0.1", "1.0.0.2", "1.0.0.3"))
                .isInstanceOf(ConnectException.class)
                .hasMessage("refused: /1.0.0.2:80")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("refused: /1.0.0.3:80", "refused: /1.0.0.1:80"));
        assertThat(elapsed()).isEqualTo(500);
    }

    @Test
    @DisplayName("row 75: a race that is cancelled gives up all attempts, those not begun are not")
    void cancelled() {
        Task<FakeAttempt> racing = Async.createTask(() -> race("1.0.0.1", "1.0.0.2", "1.0.0.3"));
        Async.sleep(Duration.ofMillis(400));
        racing.cancel();
        assertThatThrownBy(racing::await).isInstanceOf(CancelledException.class);
        assertThat(attempts).hasSize(2);
        assertThat(attempts.values()).allMatch(attempt -> attempt.aborted);
    }

    @Test
    @DisplayName("row 75: an answer that comes while the race is cancelled is given up too")
    void cancelledWhileAnswered() {
        answers.put("1.0.0.1", 100);
        Task<FakeAttempt> racing = Async.createTask(() -> race("1.0.0.1"));
        EventLoop.current().callLater(Duration.ofMillis(100), racing::cancel);
        assertThatThrownBy(racing::await).isInstanceOf(CancelledException.class);
        assertThat(attempts.values()).allMatch(attempt -> attempt.aborted);
    }

    @Test
    @DisplayName("row 75: a limit of time ends it, with the failures until then")
    void timeout() {
        refusals.put("1.0.0.1", 10);
        assertThatThrownBy(() -> race(Duration.ofMillis(250), Duration.ofSeconds(1), "1.0.0.1", "1.0.0.2"))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessageContaining("/1.0.0.2:80")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(elapsed()).isEqualTo(1000);
        assertThat(attempts.get("1.0.0.2").aborted).isTrue();
    }

    @Test
    @DisplayName("a delay of zero tries all at once, a long one each when the last has failed")
    void delays() throws IOException {
        answers.put("1.0.0.3", 100);
        race(Duration.ZERO, null, "1.0.0.1", "1.0.0.2", "1.0.0.3");
        assertThat(log).containsExactly("0 1.0.0.1", "0 1.0.0.2", "0 1.0.0.3");
        log.clear();
        refusals.putAll(Map.of("1.0.0.1", 10_000, "1.0.0.2", 10_000));
        race(Duration.ofDays(1), null, "1.0.0.1", "1.0.0.2", "1.0.0.3");
        assertThat(log).containsExactly("0 1.0.0.1", "10000 1.0.0.2", "20000 1.0.0.3");
    }
}
