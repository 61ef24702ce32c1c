package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The chain of those who wait for one future. */
class WaiterTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<Integer> told = new ArrayList<>();

    private record Numbered(List<Integer> told, int number) implements LoopFuture.Hook {
        @Override
        public void completed() {
            told.add(number);
        }
    }

    /** Gives up one after the other in the given order; what is left is told in the order of registration. */
    private void giveUp(List<Integer> order, int left) {
        LoopFuture<String> future = loops.open().createFuture();
        List<Waiter> places = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            places.add(future.addHook(new Numbered(told, i)));
        }
        List<Integer> staying = new ArrayList<>(order.subList(order.size() - left, order.size()));
        Collections.sort(staying);
        for (int i : order.subList(0, order.size() - left)) {
            assertThat(future.removeHook(places.get(i))).isTrue();
            assertThat(future.removeHook(places.get(i))).isFalse();
        }
        assertThat(future.waiters())
                .extracting(hook -> ((Numbered) hook).number)
                .isEqualTo(staying);
        told.clear();
        future.setResult("");
        assertThat(told).isEqualTo(staying);
        assertThat(future.addHook(new Numbered(told, -1))).isNull();
    }

    @Test
    @DisplayName("whoever gives up is not told, the others are, in their order: oldest first, newest first, at random")
    void order() {
        for (int size : new int[] {1, 2, 3, 4, 5, 100}) {
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                numbers.add(i);
            }
            for (int left = 0; left <= Math.min(size, 5); left++) {
                giveUp(numbers, left);
                giveUp(new ArrayList<>(numbers.reversed()), left);
                List<Integer> shuffled = new ArrayList<>(numbers);
                Collections.shuffle(shuffled, new Random(size * 31L + left));
                giveUp(shuffled, left);
            }
        }
    }

    @Test
    @DisplayName("a chain takes no more than twice what it needs, however often others come and go")
    void bounded() {
        LoopFuture<String> future = loops.open().createFuture();
        Random random = new Random(7);
        List<Waiter> places = new ArrayList<>();
        int longest = 0;
        for (int i = 0; i < 100_000; i++) {
            if (places.size() < 50 || (places.size() < 150 && random.nextBoolean())) {
                places.add(future.addHook(new Numbered(told, i)));
            } else {
                future.removeHook(places.remove(random.nextInt(places.size())));
            }
            if (i % 100 == 0) {
                longest = Math.max(longest, lengthOf(future));
            }
        }
        assertThat(longest).isBetween(100, 302);
        for (Waiter place : places) {
            future.removeHook(place);
        }
        assertThat(lengthOf(future)).isZero();
    }

    @Test
    @DisplayName(
            "who comes while others are left out of the chain goes on with the right numbers: the next one need not sweep again")
    void numbersOfThoseWhoComeDuringASweep() {
        Waiter chain = new Waiter("waits", null);
        List<Waiter> giveUp = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            chain = new Waiter("waits too", chain);
            giveUp.add(chain);
        }
        chain = new Waiter("the newest", chain);
        giveUp.subList(0, 101).forEach(Waiter::take);
        assertThat(chain.countStruckOut(100)).isFalse();
        assertThat(chain.countStruckOut(1)).isFalse();
        assertThat(chain.countStruckOut(1)).as("the larger half").isTrue();
        Waiter comes = new Waiter("comes", chain);
        int before = chain.length();
        assertThat(chain.sweep()).isSameAs(chain);
        assertThat(comes.countStruckOut(0))
                .as("it goes on with the numbers of before")
                .isTrue();
        comes.countSwept(before, chain.length());
        assertThat(comes.length()).isEqualTo(102);
        assertThat(comes.countStruckOut(51)).isFalse();
        assertThat(comes.countStruckOut(1)).isTrue();
        comes.countSwept(before, chain.length());
        assertThat(comes.countStruckOut(0))
                .as("another sweep of before says nothing new")
                .isTrue();
    }

    private static int lengthOf(LoopFuture<?> future) {
        return future.placeCount();
    }

    @Test
    @DisplayName(
            "twenty thousand tasks wait for one future, each for a time of its own: none of them searches for itself")
    void manyWithATime() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            AtomicInteger late = new AtomicInteger();
            for (int i = 0; i < 20_000; i++) {
                long seconds = 1 + (i * 7919L) % 1000;
                var unused = Async.createTask(() -> {
                    try {
                        future.get(seconds, TimeUnit.SECONDS);
                    } catch (TimeoutException e) {
                        late.incrementAndGet();
                    }
                });
            }
            Async.sleep(Duration.ofMillis(500_500));
            assertThat(late).hasValue(10_000);
            assertThat(lengthOf(future)).isBetween(10_000, 20_000);
            Async.sleep(Duration.ofSeconds(1000));
            assertThat(late).hasValue(20_000);
            assertThat(lengthOf(future)).isZero();
        });
    }

    @Test
    @DisplayName("callbacks that are equal are taken back together, whatever else waits")
    void equalCallbacks() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(future::await);
            Async.yieldNow();
            java.util.function.Consumer<LoopFuture<String>> callback = done -> told.add(1);
            future.addDoneCallback(callback);
            future.addDoneCallback(done -> told.add(2));
            future.addDoneCallback(callback);
            assertThat(future.removeDoneCallback(callback)).isEqualTo(2);
            assertThat(future.removeDoneCallback(callback)).isZero();
            future.setResult("value");
            assertThat(task.await()).isEqualTo("value");
            Async.yieldNow();
            assertThat(told).containsExactly(2);
        });
    }

    @Test
    @DisplayName("while other threads come and go and one completes, each is either told once or gave up, never both")
    void threads() throws Exception {
        EventLoop loop = loops.open();
        for (int round = 0; round < 2_000; round++) {
            LoopFuture<String> future = loop.createFuture();
            AtomicInteger completions = new AtomicInteger();
            AtomicInteger accepted = new AtomicInteger();
            AtomicInteger gaveUp = new AtomicInteger();
            Runnable comeAndGo = () -> {
                for (int i = 0; i < 20; i++) {
                    Waiter stays = future.addHook(completions::incrementAndGet);
                    Waiter goes = future.addHook(completions::incrementAndGet);
                    accepted.addAndGet((stays == null ? 0 : 1) + (goes == null ? 0 : 1));
                    if (goes != null && future.removeHook(goes)) {
                        gaveUp.incrementAndGet();
                    }
                }
            };
            Thread one = Thread.ofPlatform().start(comeAndGo);
            Thread two = Thread.ofPlatform().start(comeAndGo);
            future.setResult("");
            one.join();
            two.join();
            assertThat(completions.get() + gaveUp.get()).isEqualTo(accepted.get());
        }
    }
}
