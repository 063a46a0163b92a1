package dev.supervisor.engine;

import dev.supervisor.Supervisor;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/** The open supervisors that were given a name, in the order in which they were opened (O3). */
final class NamedScopes {

    /*
     * The thread that opens a supervisor adds its entry, then looks whether the supervisor is finished: a parent or a
     * deadline may have ended it meanwhile. A thread that finds a supervisor finished removes the entry. At least one of
     * the two sees the other (Dekker), so no entry stays after the end. (Race35a_OpenFinish.)
     *
     * A thread that has ended a supervisor may be stopped before it removes the entry. So a thread that asks passes over
     * what is finished. An entry that is there throughout a walk through the set is met, and it is there from before
     * `open` returns until the end. (Race35b_NamedEnd.)
     *
     * An entry refers to its supervisor weakly, and the supervisor's Extras to the entry. When a supervisor is collected,
     * the collector queues the entry, and the next thread that opens or asks removes it.
     *
     * The set takes no monitor, a thread whose stack runs out in it leaves it whole, and it gives memory back. Entries
     * are in the order of their numbers. To add or remove one takes time in the logarithm of how many are open.
     */
    private static final ConcurrentSkipListSet<Entry> OPEN = new ConcurrentSkipListSet<>();
    private static final ReferenceQueue<Scope> COLLECTED = new ReferenceQueue<>();
    private static final AtomicLong NUMBERS = new AtomicLong();

    private NamedScopes() { }

    /** A supervisor that was given a name. */
    static final class Entry extends WeakReference<Scope> implements Comparable<Entry> {

        private final long number = NUMBERS.getAndIncrement();

        Entry(Scope scope) {
            super(scope, COLLECTED);
        }

        @Override
        public int compareTo(Entry other) {
            return Long.compare(number, other.number);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number);
        }
    }

    /** Adds a supervisor; the caller then looks whether it is finished. */
    static void add(Entry entry) {
        removeCollected();
        OPEN.add(entry);
    }

    /** A supervisor is finished, or its opening throws; may be repeated. */
    static void remove(Entry entry) {
        OPEN.remove(entry);
    }

    /** Those that are open. */
    static List<Supervisor> open() {
        removeCollected();
        List<Supervisor> open = new ArrayList<>();
        for (Entry entry : OPEN) {
            Scope scope = entry.get();
            if (scope != null && !scope.census.isFinished()) {   // decides Race35b_NamedEnd
                open.add(scope);
            }
        }
        return Collections.unmodifiableList(open);
    }

    /** Whether the set has the entry. */
    static boolean has(Entry entry) {
        return OPEN.contains(entry);
    }

    private static void removeCollected() {
        for (Reference<?> collected; (collected = COLLECTED.poll()) != null;) {
            OPEN.remove((Entry) collected);
        }
    }
}
