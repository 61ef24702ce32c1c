package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What any thread adds to and takes from. */
class RegisterTest {
    private final Register<Object> register = new Register<>();

    private Register.Entry<Object> add(Object value) {
        Register.Entry<Object> entry = new Register.Entry<>(value);
        register.add(entry);
        return entry;
    }

    @Test
    @DisplayName("lists what is there in the order in which it came, whatever was taken in between")
    void order() {
        Random random = new Random(3);
        List<Object> there = new ArrayList<>();
        List<Register.Entry<Object>> entries = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (there.isEmpty() || random.nextInt(100) < (i / 5_000 % 2 == 0 ? 70 : 30)) {
                there.add(i);
                entries.add(add(i));
            } else {
                int place = random.nextInt(there.size());
                there.remove(place);
                register.take(entries.remove(place));
            }
            if (i % 500 == 0) {
                assertThat(register.toList()).isEqualTo(there);
            }
        }
        assertThat(register.toList()).isEqualTo(there);
    }

    @Test
    @DisplayName("what is taken before it is added is never there")
    void takenFirst() {
        Register.Entry<Object> entry = new Register.Entry<>("early");
        register.take(entry);
        register.add(entry);
        add("other");
        assertThat(register.toList()).containsExactly("other");
    }

    @Test
    @DisplayName("the chain takes no more than twice what it needs, and after a burst a few empty entries")
    void bounded() {
        List<Register.Entry<Object>> burst = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            burst.add(add(i));
        }
        for (int i = 0; i < burst.size(); i++) {
            register.take(burst.get(i));
            int left = burst.size() - i - 1;
            if (i % 1_000 == 0) {
                assertThat(register.length()).isLessThanOrEqualTo(2 * left + Register.FEW + 1);
            }
        }
        assertThat(register.length()).isLessThanOrEqualTo(Register.FEW + 1);
        assertThat(register.toList()).isEmpty();
    }

    @Test
    @Timeout(20)
    @DisplayName("taking costs the same with a hundred thousand that stay, and while another thread keeps adding")
    void many() throws Exception {
        for (int i = 0; i < 100_000; i++) {
            add(i);
        }
        AtomicLong added = new AtomicLong();
        int count = 1_000_000;
        List<Register.Entry<Object>> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(new Register.Entry<>(i));
        }
        Thread adder = Thread.ofPlatform().start(() -> {
            for (Register.Entry<Object> entry : entries) {
                register.add(entry);
                added.incrementAndGet();
            }
        });
        for (int i = 0; i < count; i++) {
            while (added.get() <= i) {
                Thread.onSpinWait();
            }
            register.take(entries.get(i));
        }
        adder.join();
        assertThat(register.toList()).hasSize(100_000);
        assertThat(register.length()).isLessThan(200_000);
    }

    @Test
    @DisplayName("several threads: what stays is listed at every moment, and in the end nothing else")
    void threads() throws Exception {
        add("stays");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 50_000; round++) {
                    register.take(add("goes"));
                }
            }));
        }
        while (threads.stream().anyMatch(Thread::isAlive)) {
            assertThat(register.toList()).contains("stays");
        }
        assertThat(register.toList()).containsExactly("stays");
    }
}
