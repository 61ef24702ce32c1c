package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TaskTableTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final TaskTable table = new TaskTable(64);
    private LoopThread thread;

    @BeforeEach
    void open() {
        thread = loops.open().thread();
    }

    /** One that is never started. */
    private TaskThread<Object> task() {
        return new TaskThread<>(thread, TaskOptions.DEFAULT, Object::new);
    }

    private List<TaskThread<?>> seen() {
        List<TaskThread<?>> seen = new ArrayList<>();
        table.copyTo(seen);
        return seen;
    }

    @Test
    @DisplayName("it holds what was added and not removed, whatever the order")
    void holds() {
        Random random = new Random(11);
        List<TaskThread<?>> live = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            if (live.isEmpty() || random.nextInt(5) < (i < 2_500 ? 3 : 2)) {
                live.add(task());
                table.add(live.get(live.size() - 1));
            } else {
                Collections.swap(live, random.nextInt(live.size()), live.size() - 1);
                table.remove(live.remove(live.size() - 1));
            }
            if (i % 100 == 0) {
                assertThat(seen()).containsExactlyInAnyOrderElementsOf(live);
            }
        }
        assertThat(seen()).containsExactlyInAnyOrderElementsOf(live);
    }

    @Test
    @DisplayName("it grows with the tasks, and gives the memory back when they have ended")
    void shrinks() {
        int empty = table.length();
        List<TaskThread<?>> live = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            live.add(task());
            table.add(live.get(i));
        }
        assertThat(table.length()).isBetween(10_000, 20_000);
        live.forEach(table::remove);
        assertThat(seen()).isEmpty();
        assertThat(table.length()).isLessThanOrEqualTo(2 * empty);
    }

    @Test
    @DisplayName("few tasks that come and go beside some that stay move nothing")
    void comeAndGo() {
        for (int i = 0; i < 40; i++) {
            table.add(task());
        }
        int length = table.length();
        for (int i = 0; i < 10_000; i++) {
            TaskThread<?> shortLived = task();
            table.add(shortLived);
            table.remove(shortLived);
        }
        assertThat(seen()).hasSize(40);
        assertThat(table.length()).isEqualTo(length);
    }

    @Test
    @DisplayName("another thread always sees the tasks that stay, however the table grows and shrinks")
    void seenFromElsewhere() throws Exception {
        Set<TaskThread<?>> staying = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            TaskThread<?> task = task();
            staying.add(task);
            table.add(task);
        }
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<Set<TaskThread<?>>> missing = new AtomicReference<>(Set.of());
        Thread reader = Thread.ofPlatform().start(() -> {
            do {
                Set<TaskThread<?>> missed = new HashSet<>(staying);
                seen().forEach(missed::remove);
                if (!missed.isEmpty()) {
                    missing.set(missed);
                }
            } while (!over.get());
        });
        List<TaskThread<?>> passing = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            passing.add(task());
        }
        for (int round = 0; round < 200; round++) {
            passing.forEach(table::add);
            passing.forEach(table::remove);
        }
        over.set(true);
        reader.join();
        assertThat(missing.get()).isEmpty();
        assertThat(seen()).containsExactlyInAnyOrderElementsOf(staying);
    }
}
