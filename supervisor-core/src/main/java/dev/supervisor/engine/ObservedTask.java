package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A task with the list of those that observe its end: callbacks, futures, and the latch of the threads that wait. */
abstract class ObservedTask extends TaskState {

    /*
     * A thread that registers sets WATCHED by CAS on an unfinished state, pushes its node, then reads the state. A
     * thread that completes the task has ended it before it reads the list. So the completer sees the node, or the
     * registrant sees the end, or both, and the one that claims the node first calls it (Callback). An end without
     * WATCHED means that no thread has registered. (Race10a_OnDoneCompletion.) A registrant that finds WATCHED gone,
     * which a canceller that was cut off has overwritten, sets it again.
     *
     * Waiters and futures register in the same way; the first of them puts a Followers before the list by CAS, so no
     * callback that is pushed at the same time is lost. (Race10b_FirstFuture, Race10d_TwoRegistrants.)
     */
    private static final VarHandle CALLBACKS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "callbacks", VarHandle.class, ObservedTask.class, Callback.class);

    /** Newest first, or a {@link Followers} first; {@link Callback#COMPLETED} once all have been notified. */
    private volatile @Nullable Callback callbacks;

    ObservedTask(Scope scope, Object body, @Nullable Callback observer) {
        super(scope, body);
        if (observer != null) {
            callbacks = observer;
            state = WATCHED;
        }
    }

    // ---- Registering

    /** Puts a node before all that will be registered; before the task is published. */
    final void registerFirst(Callback node) {
        node.next = callbacks;
        callbacks = node;
        state = state | WATCHED;
    }

    /** Adds a callback to the list, unless the task is done; the caller then looks whether it is. */
    final void register(Callback node) {
        if (watch()) {
            Callback newest;
            do {
                newest = callbacks;
                if (newest == Callback.COMPLETED) {
                    return;
                }
                if (newest instanceof Followers followers) {
                    followers.addLater(node);
                    break;
                }
                node.next = newest;
            } while (!CALLBACKS.compareAndSet(this, newest, node));   // decides Race10d_TwoRegistrants
            watch();   // if a canceller that was cut off has overwritten it
        }
    }

    /** Adds a hook, in the same way; the caller then looks whether it is to run it. */
    final void registerHook(Hook node) {
        if (mark(WATCHED | HOOKED)) {
            register(node);
            mark(HOOKED);   // if a canceller that was cut off has overwritten it
        }
    }

    /** Sets flags, unless the task is done. */
    private boolean mark(int flag) {
        for (;;) {
            int s = state;
            if (isDone(s)) {
                return false;
            }
            if ((s & flag) == flag || casState(s, s | flag)) {   // decides Race10a_OnDoneCompletion
                return true;
            }
        }
    }

    /** Adds the node of a future, in the same way. */
    final void registerFuture(Callback node) {
        if (watch()) {
            Followers followers = followers();
            if (followers != null) {
                followers.addFuture(node);
                watch();
            }
        }
    }

    /** The latch that the waiters of this task share, made if there is none; the caller then looks, too. */
    final @Nullable CountDownLatch registeredLatch() {
        CountDownLatch latch = callbacks instanceof Followers present ? present.latch() : null;
        if (latch == null && watch()) {
            Followers followers = followers();
            if (followers != null) {
                latch = followers.latchOrNew();
                watch();
            }
        }
        return latch;
    }

    /** A future that was registered has been completed by another thread. */
    final void futureCleared() {
        if (callbacks instanceof Followers followers) {
            followers.cleared();
        }
    }

    /** The one Followers of this task, made if there is none; null if the task is completed. */
    private @Nullable Followers followers() {
        for (;;) {
            Callback newest = callbacks;
            if (newest instanceof Followers present) {
                return present;
            }
            if (newest == Callback.COMPLETED) {
                return null;
            }
            Followers made = new Followers(newest);
            if (CALLBACKS.compareAndSet(this, newest, made)) {   // decides Race10b_FirstFuture
                return made;
            }
        }
    }

    /** Makes the completer look at the list; false if the task is done. */
    private boolean watch() {
        return mark(WATCHED);
    }

    // ---- Completing

    /** Whether the completer has to look at the list. */
    final boolean isWatched() {
        return (state & WATCHED) != 0;
    }

    /** The newest observer, from which the others are found; null if there is none, or COMPLETED. */
    final @Nullable Callback newestCallback() {
        return callbacks;
    }

    /** All have been notified. */
    final void markNotified() {
        callbacks = Callback.COMPLETED;
    }

    @Override
    final void enqueueDropped() {
        CompletionQueue.enqueueDropped(this);
    }
}
