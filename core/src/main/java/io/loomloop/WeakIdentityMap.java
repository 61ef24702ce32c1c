package io.loomloop;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Notes about objects, found by identity, that keep none of the objects alive. Any thread but the raw loop thread, because the JDK
 * takes locks for it.
 */
final class WeakIdentityMap<V> {
    private final ConcurrentMap<Key, V> notes = new ConcurrentHashMap<>();
    private final ReferenceQueue<Object> collected = new ReferenceQueue<>();

    private static final class Key extends WeakReference<Object> {
        private final int hash;

        Key(Object about, @Nullable ReferenceQueue<Object> queue) {
            super(about, queue);
            this.hash = System.identityHashCode(about);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            if (this == other) {
                return true;
            }
            Object about = get();
            return about != null && other instanceof Key key && key.refersTo(about);
        }
    }

    /** The note that is there already, or null and {@code note} is there from now on. */
    @Nullable
    V putIfAbsent(Object about, V note) {
        for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
            notes.remove(gone);
        }
        return notes.putIfAbsent(new Key(about, collected), note);
    }

    @Nullable
    V get(Object about) {
        return notes.isEmpty() ? null : notes.get(new Key(about, null));
    }

    /** How many objects have a note, garbage included that was not noticed yet. */
    int size() {
        return notes.size();
    }
}
