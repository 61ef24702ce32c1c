package io.loomloop.examples.recipes;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Hazelcast, with a member in this process and one in another:")
@Timeout(120)
class HazelcastTest {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final int ATTEMPTS = 5;
    private static final String LOOP = "hazelcast-loop";

    private static HazelcastCluster cluster;
    private static HazelcastCluster.Other other;

    private EventLoop loop;
    private IExecutorService executor;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = HazelcastCluster.start();
        other = cluster.add();
    }

    @AfterAll
    static void stopCluster() throws Exception {
        cluster.close();
        assertThat(other.process().exitValue()).isZero();
    }

    @BeforeEach
    void startLoop() {
        loop = EventLoop.builder().name(LOOP).start();
        executor = cluster.executor();
    }

    @AfterEach
    void closeLoop() {
        loop.close();
    }

    record Square(int number) implements Body<Integer, RuntimeException>, Callable<Integer>, Serializable {
        @Override
        public Integer call() {
            return number * number;
        }
    }

    @Test
    @DisplayName("a call at any member, and one at a member of choice")
    void asTheDocsSay() throws Exception {
        HazelcastInstance hazelcast = cluster.here();
        Member member = other.member();
        loop.createTask(() -> {
                    IExecutorService cluster = hazelcast.getExecutorService("calls");
                    int four = loop.runInExecutor(cluster, new Square(2)).await(); // at any member
                    LoopFuture<Integer> nine =
                            loop.wrapFuture(cluster.submitToMember(new Square(3), member)); // at this one
                    assertThat(four + nine.await()).isEqualTo(13);
                })
                .get(30, SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("500 calls that block 50 ms each, for 500 tasks of one loop")
    void manyCalls(Wait wait) throws Exception {
        Set<Long> processes = new ConcurrentSkipListSet<>();
        Burst.Result result = HazelcastRecipe.run(loop.executor(), wait, executor, processes);
        for (int i = 1; i < ATTEMPTS && result.took().compareTo(LIMIT) > 0; i++) {
            result = HazelcastRecipe.run(loop.executor(), wait, executor, processes);
        }
        assertThat(result.took()).isLessThan(LIMIT);
        assertThat(processes)
                .containsExactlyInAnyOrder(
                        HazelcastRecipe.thisProcess(), other.process().pid());
        assertThat(result.threads()).containsExactly(LOOP);
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter(name -> name.startsWith(LOOP)))
                .containsExactlyInAnyOrder(LOOP, LOOP + "-watchdog");
    }

    /** In the process {@code where}, waits until it is interrupted, and prints when it begins and when it is; elsewhere, is done. */
    private record Held(int number, long where)
            implements Body<Integer, InterruptedException>, Callable<Integer>, Serializable {
        @Override
        public Integer call() throws InterruptedException {
            if (HazelcastRecipe.thisProcess() == where) {
                System.out.println("begun " + number);
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    System.out.println("interrupted " + number);
                    throw e;
                }
            }
            return number;
        }
    }

    /** Adds the numbers that calls have printed after a word. */
    private static void read(HazelcastCluster.Other from, String word, Set<Integer> numbers) throws IOException {
        while (from.output().ready()) {
            String line = from.output().readLine();
            assertThat(line).startsWith(word + " ");
            numbers.add(Integer.valueOf(line.substring(word.length() + 1)));
        }
    }

    @Test
    @DisplayName("a call that runs elsewhere has a task here and no thread; cancelling the task interrupts the call")
    void cancel() throws Exception {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Held call = new Held(i, other.process().pid());
            tasks.add(loop.createTask(() -> loop.runInExecutor(executor, call).await()));
        }
        Set<Integer> away = new HashSet<>();
        await(() -> {
            read(other, "begun", away);
            return away.size() + tasks.stream().filter(Task::isDone).count() == tasks.size();
        });
        assertThat(away).isNotEmpty();
        // what brought the results of the others may just be on its way out
        await(() -> loop.statistics().tasksAlive() == away.size());
        await(() -> Set.of(LOOP, LOOP + "-watchdog", "loomloop-cleaner").containsAll(threadsOfOurs()));
        assertThat(loop.createTask(() -> "goes on").get(10, SECONDS)).isEqualTo("goes on");

        tasks.forEach(Task::cancel);
        Async.gatherSettled(tasks).get(30, SECONDS);
        for (int i = 0; i < tasks.size(); i++) {
            assertThat(tasks.get(i).isCancelled()).isEqualTo(away.contains(i));
        }
        Set<Integer> interrupted = new HashSet<>();
        await(() -> {
            read(other, "interrupted", interrupted);
            return interrupted.equals(away);
        });
    }

    /** The other threads of this process that are in code of loomloop. */
    private static List<String> threadsOfOurs() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey() != Thread.currentThread())
                .filter(thread -> Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.getClassName().startsWith("io.loomloop.")))
                .map(Map.Entry::getKey)
                .map(Thread::getName)
                .toList();
    }

    /** Fails in the same way everywhere, but for the number of the process. */
    private record Failing(boolean checked) implements VoidBody<Exception>, Serializable {
        @Override
        public void run() throws Exception {
            String where = "in " + HazelcastRecipe.thisProcess();
            throw checked
                    ? new IOException(where, new ArithmeticException("why"))
                    : new IllegalStateException(where, new ArithmeticException("why"));
        }
    }

    @Test
    @DisplayName("an exception of the call arrives as it was thrown, with its cause")
    void failure() throws Exception {
        for (boolean checked : new boolean[] {true, false}) {
            Set<String> messages = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                LoopFuture<?> call = loop.runInExecutor(executor, new Failing(checked));
                Async.gatherSettled(List.of(call)).get(30, SECONDS);
                Throwable failure = call.exception();
                assertThat(failure)
                        .isExactlyInstanceOf(checked ? IOException.class : IllegalStateException.class)
                        .cause()
                        .isExactlyInstanceOf(ArithmeticException.class)
                        .hasMessage("why");
                messages.add(failure.getMessage());
            }
            assertThat(messages)
                    .containsExactlyInAnyOrder(
                            "in " + HazelcastRecipe.thisProcess(),
                            "in " + other.process().pid());
        }
    }

    @Test
    @DisplayName("work or a result that cannot be sent is an exception")
    void whatCannotBeSent() {
        Object here = new Object();
        assertThatThrownBy(() -> loop.runInExecutor(executor, () -> here))
                .isInstanceOf(HazelcastSerializationException.class);
        assertThatThrownBy(() -> loop.runInExecutor(executor, (Body<?, RuntimeException> & Serializable) () -> here))
                .isInstanceOf(HazelcastSerializationException.class);
        assertThatThrownBy(() ->
                        toOther((Callable<Object> & Serializable) Object::new).get(30, SECONDS))
                .hasCauseInstanceOf(HazelcastSerializationException.class);
    }

    private <T> LoopFuture<T> toOther(Callable<T> work) {
        return loop.wrapFuture(executor.submitToMember(work, other.member()));
    }

    /** Takes a moment everywhere. */
    private record Brief(int number) implements Callable<Integer>, Serializable {
        @Override
        public Integer call() throws InterruptedException {
            Wait.SLEEP.block();
            return number;
        }
    }

    @Test
    @DisplayName("when a member is killed, each call ends with its value, or with the exception which says so")
    void kill() throws Exception {
        HazelcastCluster.Other victim = cluster.add();
        long where = victim.process().pid();
        List<Task<Integer>> anywhere = new ArrayList<>();
        List<Task<Integer>> held = new ArrayList<>();
        List<Task<Integer>> brief = new ArrayList<>();
        for (int i = 0; i < 150; i++) { // with those held, fewer than a member has threads
            Held call = new Held(i, where);
            anywhere.add(
                    loop.createTask(() -> loop.runInExecutor(executor, call).await()));
        }
        for (int i = 0; i < 100; i++) {
            Held call = new Held(1000 + i, where);
            held.add(task(call, victim));
        }
        Set<Integer> begun = new HashSet<>();
        await(() -> {
            read(victim, "begun", begun);
            return begun.stream().filter(number -> number >= 1000).count() == held.size()
                    && begun.size() + anywhere.stream().filter(Task::isDone).count() == held.size() + anywhere.size();
        });
        assertThat(begun).hasSizeGreaterThan(held.size());
        for (int i = 0; i < 200; i++) {
            brief.add(task(new Brief(i), victim));
        }
        await(() -> brief.stream().anyMatch(Task::isDone));
        victim.process().destroyForcibly();

        List<Task<Integer>> all = new ArrayList<>(anywhere);
        all.addAll(held);
        all.addAll(brief);
        Async.gatherSettled(all).get(60, SECONDS);
        // Hazelcast runs them once more, at another member
        assertThat(anywhere.stream().map(Task::result))
                .containsExactlyElementsOf(IntStream.range(0, 150).boxed().toList());
        assertThat(held).allSatisfy(HazelcastTest::assertMemberLeft);
        for (int i = 0; i < brief.size(); i++) {
            Task<Integer> task = brief.get(i);
            if (task.exception() == null) {
                assertThat(task.result()).isEqualTo(i);
            } else {
                assertMemberLeft(task);
            }
        }
        assertThat(brief.stream().filter(task -> task.exception() == null)).isNotEmpty();
        assertThat(victim.process().waitFor()).isEqualTo(128 + 9);
        awaitLoss(victim);
    }

    private Task<Integer> task(Callable<Integer> call, HazelcastCluster.Other where) {
        return loop.createTask(() ->
                loop.wrapFuture(executor.submitToMember(call, where.member())).await());
    }

    private static void assertMemberLeft(Task<Integer> task) {
        assertThat(task.exception()).hasCauseInstanceOf(MemberLeftException.class);
    }

    @Test
    @DisplayName("when the member of this process ends, no call is left waiting")
    void endOfOurMember() throws Exception {
        List<LoopFuture<Integer>> calls = new ArrayList<>();
        try (HazelcastCluster own = HazelcastCluster.start()) {
            for (int i = 0; i < 10; i++) {
                calls.add(
                        loop.runInExecutor(own.executor(), (Body<Integer, InterruptedException> & Serializable) () -> {
                            new CountDownLatch(1).await();
                            return 0;
                        }));
            }
        }
        Async.gatherSettled(calls).get(30, SECONDS);
        assertThat(calls).allSatisfy(call -> assertThat(call.exception()).isNotNull());
    }

    @Test
    @DisplayName("a member of another process ends when nobody holds that any more")
    void orphan() throws Exception {
        HazelcastCluster.Other orphan = cluster.add();
        orphan.process().getOutputStream().close();
        assertThat(orphan.process().waitFor(30, SECONDS)).isTrue();
        assertThat(orphan.process().exitValue()).isZero();
        awaitLoss(orphan);
    }

    /** The cluster is the other tests' as well. */
    private static void awaitLoss(HazelcastCluster.Other lost) throws Exception {
        await(() -> !cluster.here().getCluster().getMembers().contains(lost.member()));
    }

    /** Until the test's time is over. */
    private static void await(Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            Thread.sleep(5); // reason: other processes tell nobody here
        }
    }
}
