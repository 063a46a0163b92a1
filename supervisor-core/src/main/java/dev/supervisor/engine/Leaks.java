package dev.supervisor.engine;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Finds supervisors that were opened and that no thread will leave (O8), if the system property {@value #PROPERTY} is
 * true. Otherwise nothing of this is there.
 */
final class Leaks {

    /*
     * Each open supervisor has an Opening, which does not lead to it, and which a Cleaner runs when the supervisor was
     * collected. A supervisor with a live task is reachable from its thread, and is never collected. Whether its owner
     * is dead is looked at by those that spawn into it and that count tasks out, and by the beat: an object without a
     * use, which is dropped at once, so that the Cleaner's thread comes by with each collection.
     *
     * There is a beat while there are openings: a thread that adds an opening does so before it reads `beating`; the
     * beat clears that, then reads the openings (Dekker). So when all supervisors were left, nothing leads from the
     * Cleaner's thread to our classes, and their loader can be collected. The thread is one of the JDK, a daemon, and
     * inherits nothing; it ends when the Cleaner was collected.
     */
    static final String PROPERTY = "dev.supervisor.leaks";

    /** Read once. */
    static final boolean ON = isOn();

    private static final @Nullable Cleaner CLEANER = ON ? Cleaner.create() : null;
    private static final Set<Opening> OPENINGS = ConcurrentHashMap.newKeySet();
    private static final AtomicBoolean BEATING = new AtomicBoolean();

    private Leaks() { }

    private static boolean isOn() {
        try {
            return Boolean.getBoolean(PROPERTY);
        } catch (SecurityException refused) {
            return false;
        }
    }

    /** A supervisor is opened, which no other thread knows yet. */
    static void opened(Scope scope) {
        Opening opening = new Opening(scope);
        scope.extras().opening = opening;
        OPENINGS.add(opening);
        opening.cleanable = TaskState.assumeNonNull(CLEANER).register(scope, opening);
        beat();
    }

    /** A thread has left the supervisor, or it is finished. May be repeated. */
    static void left(Scope scope) {
        Opening opening = scope.extras().opening;
        if (opening != null && opening.markLeft()) {
            OPENINGS.remove(opening);
            Cleaner.Cleanable cleanable = opening.cleanable;
            if (cleanable != null) {
                cleanable.clean();
            }
        }
        Reference.reachabilityFence(scope);   // until it is marked
    }

    /** Looks whether the owner is dead. */
    static void look(Scope scope) {
        Opening opening = scope.extras().opening;
        if (opening != null) {
            opening.look(scope);
        }
    }

    /** It was reported. */
    static void forget(Opening opening) {
        OPENINGS.remove(opening);
    }

    private static void beat() {
        if (!OPENINGS.isEmpty() && BEATING.compareAndSet(false, true)) {
            boolean registered = false;
            try {
                TaskState.assumeNonNull(CLEANER).register(new Object(), new Beat());
                registered = true;
            } finally {
                if (!registered) {
                    BEATING.set(false);
                }
            }
        }
    }

    /** Runs on the thread of the Cleaner, with each collection. */
    private static final class Beat implements Runnable {
        @Override
        public void run() {
            BEATING.set(false);
            for (Opening opening : OPENINGS) {
                Scope scope = opening.scope.get();
                if (scope != null) {
                    opening.look(scope);
                }
            }
            beat();
        }
    }
}
