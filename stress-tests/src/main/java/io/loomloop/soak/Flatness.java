package io.loomloop.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Whether anything has grown over the samples of a run.
 *
 * <p>The first fifth, and at least two samples, are warm-up. Of the others it compares the median of the first third with that of the last
 * third, so that one odd sample decides nothing. Allowed are 2 MiB and a twentieth of the heap, 1 MiB of direct buffers, three threads of each
 * kind, and three descriptors: what the JDK keeps ready.
 */
final class Flatness {
    /** Fewer samples than this say nothing. */
    static final int FEWEST = 8;

    private static final long HEAP = 2 << 20;
    private static final long DIRECT = 1 << 20;
    private static final long FEW = 3;

    private Flatness() {}

    /** Sentences about what has grown; none when nothing has. */
    static List<String> judge(List<Sample> samples) {
        if (samples.size() < FEWEST) {
            return List.of("the run was too short: it has " + samples.size() + " samples and needs " + FEWEST);
        }
        List<Sample> warm = samples.subList(Math.max(2, samples.size() / 5), samples.size());
        List<String> grown = new ArrayList<>();
        long heap = median(first(warm), Sample::heap);
        grown(warm, "the used heap, in bytes", Sample::heap, HEAP + heap / 20).ifPresent(grown::add);
        grown(warm, "the direct buffers, in bytes", Sample::direct, DIRECT).ifPresent(grown::add);
        grown(warm, "the platform threads", Sample::threads, FEW).ifPresent(grown::add);
        grown(warm, "the virtual threads", Sample::virtual, FEW).ifPresent(grown::add);
        grown(warm, "the open file descriptors", Sample::descriptors, FEW).ifPresent(grown::add);
        return grown;
    }

    private static Optional<String> grown(List<Sample> warm, String what, ToLongFunction<Sample> count, long allowed) {
        long before = median(first(warm), count);
        long after = median(last(warm), count);
        return after - before <= allowed
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT, "%s grew from %,d to %,d, more than by %,d", what, before, after, allowed));
    }

    private static List<Sample> first(List<Sample> samples) {
        return samples.subList(0, samples.size() / 3);
    }

    private static List<Sample> last(List<Sample> samples) {
        return samples.subList(samples.size() - samples.size() / 3, samples.size());
    }

    private static long median(List<Sample> samples, ToLongFunction<Sample> count) {
        return samples.stream().mapToLong(count).sorted().toArray()[samples.size() / 2];
    }
}
