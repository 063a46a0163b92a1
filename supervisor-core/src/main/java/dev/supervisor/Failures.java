package dev.supervisor;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** The failures of the tasks of one call of {@link Tasks}, in the order in which they come, from any thread. */
final class Failures {

    /** How many are suppressed in the one that is thrown. */
    private static final int SUPPRESSED = 16;

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    void add(Throwable failure) {
        failures.add(failure);
    }

    @Nullable Throwable first() {
        return failures.peek();
    }

    /**
     * Suppresses them in what is thrown, and of those that are too many the number. Called when no more can come.
     *
     * @param cause the failure that it is thrown for, if it is for one
     */
    void suppressIn(Throwable thrown, @Nullable Throwable cause) {
        int others = 0;
        boolean found = false;
        for (Throwable failure : failures) {
            if (!found && failure == cause) {
                found = true;   // the same object may come again
            } else if (++others <= SUPPRESSED && failure != thrown) {
                thrown.addSuppressed(failure);
            }
        }
        if (others > SUPPRESSED) {
            thrown.addSuppressed(new More(others - SUPPRESSED));
        }
    }

    /** Stands for those that are too many. */
    private static final class More extends Exception {

        private static final long serialVersionUID = 1L;

        More(int count) {
            super(count == 1 ? "and one more failure" : "and " + count + " more failures", null, false, false);
        }
    }
}
