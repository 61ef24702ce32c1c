package io.loomloop.soak;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.check.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A tree of tasks, ten below each, over one loop or several; the leaves are numbered, and their sum is known. */
final class Skynet implements Program {
    private static final int WIDTH = 10;

    @Override
    public long round(Field field, Random random) throws Exception {
        int leaves = random.nextBoolean() ? 1_000 : 10_000;
        EventLoop home = field.loop(random);
        List<EventLoop> loops = new ArrayList<>();
        for (int i = 0; i < WIDTH; i++) {
            loops.add(random.nextInt(4) == 0 ? field.loop(random) : home);
        }
        long sum = Check.call(home, () -> {
            List<Task<Long>> children = new ArrayList<>();
            for (int i = 0; i < WIDTH; i++) {
                int number = i;
                children.add(loops.get(i).createTask(() -> sum(number * (leaves / WIDTH), leaves / WIDTH)));
            }
            long all = 0;
            for (Task<Long> child : children) {
                all += child.await();
            }
            return all;
        });
        Check.equal("the sum of the leaves", (long) leaves * (leaves - 1) / 2, sum);
        return leaves;
    }

    private static long sum(int first, int size) {
        if (size == 1) {
            return first;
        }
        int part = size / WIDTH;
        if (part % 2 == 0) {
            return grouped(first, part);
        }
        List<Task<Long>> children = new ArrayList<>();
        for (int i = 0; i < WIDTH; i++) {
            int start = first + i * part;
            children.add(Async.createTask(() -> sum(start, part)));
        }
        return Async.gather(children).await().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static long grouped(int first, int part) {
        List<Task<Long>> children = new ArrayList<>();
        Async.taskGroup(group -> {
            for (int i = 0; i < WIDTH; i++) {
                int start = first + i * part;
                children.add(group.createTask(() -> sum(start, part)));
            }
        });
        return children.stream().mapToLong(Task::result).sum();
    }
}
