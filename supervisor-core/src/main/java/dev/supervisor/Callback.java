package dev.supervisor;

import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One who wants to know of a task's end: a node of the task's list, newest first. It is either a consumer, to be
 * called, or a latch that threads wait on, to be released.
 */
final class Callback {

    /** Ends the list for good: nobody is added to it any more. */
    static final Callback CLOSED = new Callback(new Object());

    /** A {@link Consumer} or a {@link Latch}. */
    private final Object observer;

    /**
     * Written before the node is published, and by the one who has taken the whole list and turns it round. Who looks
     * for a latch meanwhile may turn back with it and end at the newest node; it then finds the list closed.
     */
    @Nullable Callback next;

    Callback(Object observer) {
        this.observer = observer;
    }

    /** What threads wait on; a type of its own, since a consumer of the user's may be a latch as well. */
    static final class Latch extends CountDownLatch {
        Latch() {
            super(1);
        }
    }

    /** The latch among these, or null. */
    static @Nullable CountDownLatch latchIn(@Nullable Callback newest) {
        for (Callback node = newest; node != null; node = node.next) {
            if (node.observer instanceof Latch latch) {
                return latch;
            }
        }
        return null;
    }

    /** Releases every thread that waits on these. */
    static void releaseLatches(@Nullable Callback newest) {
        for (Callback node = newest; node != null; node = node.next) {
            if (node.observer instanceof Latch latch) {
                latch.countDown();
            }
        }
    }

    /** The list in the order of registration; to be called by the one who has taken it. */
    static @Nullable Callback inOrder(@Nullable Callback newest) {
        Callback oldest = null;
        for (Callback node = newest; node != null;) {
            Callback older = node.next;
            node.next = oldest;
            oldest = node;
            node = older;
        }
        return oldest;
    }

    /** Calls the consumer, if this is one. */
    @SuppressWarnings("unchecked")
    <T extends @Nullable Object> void call(Task<T> task) {
        if (observer instanceof Consumer<?> consumer) {
            ((Consumer<? super Task<T>>) consumer).accept(task);
        }
    }
}
