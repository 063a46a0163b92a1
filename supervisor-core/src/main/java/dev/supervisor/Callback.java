package dev.supervisor;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One who wants to know of a task's end: a node of the task's list, newest first. It is a consumer of the user's, which
 * is called once; or one of our own {@link Observer}s, which are told before all consumers.
 */
final class Callback {

    /*
     * The list only grows at its newest end, until the task is completed and the list replaced by COMPLETED. Nothing
     * of it is turned round: whoever tells the observers writes the links to newer nodes first, always the same ones.
     * So a completion that was cut off is begun again from the list as it is.
     *
     * A consumer is claimed by an exchange of `observer` with null before it is called: by the one who completes the
     * task, or by a registrant who finds the task done after its push. So it is called exactly once, although neither
     * knows of the other. (Race10_OnDoneCompletion.) Our own observers can be told any number of times, a future
     * by several threads at once, and are taken out after that.
     */

    /** In place of the list, once the task is completed. */
    static final Callback COMPLETED = new Callback(new Object());

    private static final VarHandle OBSERVER = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "observer", VarHandle.class, Callback.class, Object.class);

    /** Of our own: is told of the end of a task at least once, before all consumers. */
    interface Observer {
        void ended(SupervisedTask<?> task);
    }

    /** What threads wait on. */
    static final class Latch extends CountDownLatch implements Observer {
        Latch() {
            super(1);
        }

        @Override
        public void ended(SupervisedTask<?> task) {
            countDown();
        }
    }

    /** A {@link Consumer}, an {@link Observer}; or null once claimed or told. */
    private volatile @Nullable Object observer;

    /** Written before the node is published. */
    @Nullable Callback next;
    /** Written by whoever goes through the list in the order of registration. */
    @Nullable Callback newer;

    Callback(Object observer) {
        this.observer = observer;
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

    /** What the oldest of these has, or null. */
    static @Nullable Object oldestOf(@Nullable Callback newest) {
        Object oldest = null;
        for (Callback node = newest; node != null; node = node.next) {
            oldest = node.observer;
        }
        return oldest;
    }

    /** The oldest of these; from it `newer` leads to the newest. */
    static Callback oldest(Callback newest) {
        Callback node = newest;
        for (Callback older; (older = node.next) != null; node = older) {
            older.newer = node;
        }
        return node;
    }

    /** Releases every thread that waits on one of these. */
    static void releaseLatches(@Nullable Callback newest) {
        for (Callback node = newest; node != null; node = node.next) {
            if (node.observer instanceof Latch latch) {
                latch.countDown();
            }
        }
    }

    /** Our own observer, or null. */
    @Nullable Observer own() {
        return observer instanceof Observer own ? own : null;
    }

    /** Our own observer has been told. */
    void told() {
        observer = null;
    }

    /** The consumer, for the caller to call; null if this is none, or somebody else has it. */
    @SuppressWarnings("unchecked")
    <T extends @Nullable Object> @Nullable Consumer<? super Task<T>> claim() {
        return observer instanceof Consumer<?> ? (Consumer<? super Task<T>>) OBSERVER.getAndSet(this, null) : null;
    }
}
