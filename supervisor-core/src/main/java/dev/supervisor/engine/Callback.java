package dev.supervisor.engine;

import dev.supervisor.Task;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is to be notified of a task's end: a node of the task's list, newest first. It has a consumer of the user's,
 * which is called once; or one of our own {@link Observer}s, which are notified before all consumers.
 */
sealed class Callback permits Followers, Hook, RecordedBody {

    /*
     * The list only grows at its newest end, until the task is completed and the list replaced by COMPLETED. With the
     * first wait, or the first future, its newest node is a Followers for good, and it grows behind that. Nothing of
     * it is turned round: a thread that notifies the observers writes the links to newer nodes first. So a completion
     * that was cut off is begun again from the list as it is.
     *
     * A consumer is claimed by an exchange of `observer` with null before it is called: by the thread that completes
     * the task, or by a registrant that finds the task done after its push. So it is called exactly once, although
     * neither knows of the other. (Race10a_OnDoneCompletion.) Our own observers can be notified any number of times, a
     * future by several threads at once, and are taken out after that.
     */

    /** In place of the list, once the task is completed. */
    static final Callback COMPLETED = new Callback(new Object());

    private static final VarHandle OBSERVER = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "observer", VarHandle.class, Callback.class, Object.class);

    /** Of our own: is notified of the end of a task at least once, before all consumers. */
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
            Waits.open(this);
        }
    }

    /** A {@link Consumer}, an {@link Observer}; or null once claimed or notified. */
    private volatile @Nullable Object observer;

    /** Written before the node is published; of futures' nodes by a sweep, too ({@link Followers}). */
    @Nullable Callback next;
    /** Written by a thread that goes through the list in the order of registration. */
    @Nullable Callback newer;

    Callback(@Nullable Object observer) {
        this.observer = observer;
    }

    /** What the oldest of these has, or null. */
    static @Nullable Object oldestOf(@Nullable Callback newest) {
        Object oldest = null;
        for (Callback node = newest; node != null; node = node.next) {
            oldest = node.observer;
        }
        return oldest;
    }

    /** The oldest of these; from it `newer` leads to the newest, by way of all futures and then of all later ones. */
    static Callback oldest(Callback newest) {
        Callback oldest = newest;
        if (newest instanceof Followers followers) {
            oldest = linked(followers.later, oldest);
            oldest = linked(followers.futures, oldest);
        }
        return linked(newest.next, oldest);
    }

    /** Links these to each other and the newest of them to what comes then; returns the oldest. */
    private static Callback linked(@Nullable Callback newest, Callback then) {
        Callback newer = then;
        for (Callback node = newest; node != null; node = node.next) {
            node.newer = newer;
            newer = node;
        }
        return newer;
    }

    /** Releases every thread that waits for the task. */
    static void releaseWaiters(Callback newest) {
        if (newest.observer instanceof Latch latch) {
            Waits.open(latch);
        }
    }

    /** The latch that this node has, or null. */
    @Nullable Latch latch() {
        return observer instanceof Latch latch ? latch : null;
    }

    /** The latch that this node has, or has now if it had nothing. */
    Latch latchOrNew() {
        Latch made = new Latch();
        Object present = OBSERVER.compareAndExchange(this, null, made);   // decides Lincheck10_Followers
        return present instanceof Latch latch ? latch : made;
    }

    /** Our own observer, or null. */
    @Nullable Observer own() {
        return observer instanceof Observer own ? own : null;
    }

    /** Our own observer has been notified. */
    void markNotified() {
        observer = null;
    }

    /** Our own observer need not be notified any more; false if it was, or this has been said. */
    boolean clear() {
        return take() != null;
    }

    /** What this node has, for the caller to call; null if another thread has taken it. */
    final @Nullable Object take() {
        return OBSERVER.getAndSet(this, null);   // decides Race24a_HookRequest
    }

    /** Whether nothing remains to be notified. */
    boolean isCleared() {
        return observer == null;
    }

    /** The consumer, for the caller to call; null if there is none, or another thread has claimed it. */
    @SuppressWarnings("unchecked")
    <T extends @Nullable Object> @Nullable Consumer<? super Task<T>> claim() {
        return observer instanceof Consumer<?> ? (Consumer<? super Task<T>>) take() : null;
    }
}
