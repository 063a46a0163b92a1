package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Task;
import dev.supervisor.threads.Launcher;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A task with a {@link Spec}. */
class Specified<T extends @Nullable Object> extends SupervisedTask.Permitted<T> {

    /*
     * The spec's callback and hooks need no nodes in the task's list: each has a flag in the task's word, by which one
     * thread claims it.
     *
     * A spawn that throws runs none of them. An abort can drop a task before it is known whether its spawn will throw.
     * So the spawner sets ACCEPTED as its last step. A thread that completes a dropped task reads it, and calls nothing
     * of the spec if it is not set; the spawner finds the task dropped then, and calls it all itself. Both are atomic
     * changes of one word, so one of the two sees the other, and claims decide if both do. (Race25a_AcceptDrop.) For the
     * same reason a time limit ends no pending task before it is ACCEPTED.
     */
    private static final long LITTLE = 1_000_000;

    final Spec spec;
    /** When its time is over, as the alarm counts time; NEVER until it is about to be counted in. */
    private long deadline = Deadlines.NEVER;

    Specified(Spec spec, Object body) {
        super(spec.scope(), body, null);
        this.spec = spec;
        if (spec.hasCalls()) {
            state = WATCHED | HOOKED;
        }
    }

    @Override
    final @Nullable String givenName() {
        return spec.name();
    }

    // ---- The spawner

    /** Where it gets a thread from. */
    Launcher launcher() {
        return scope.settings.launcher();
    }

    /** It has its permit, is decorated, and is about to be counted in: its time begins. */
    final void beginTime() {
        if (spec.timeout() != null) {
            deadline = Deadlines.after(Options.nanos(spec.timeout()));
        }
    }

    /** It lies in the live set, and no thread has been asked to run it. */
    void published() {
        if (deadline != Deadlines.NEVER) {
            scope.deadlines().watch(this, deadline);
        }
    }

    /** Its spawn is about to return it. */
    final void accepted() {
        if (spec.hasCalls() || deadline != Deadlines.NEVER) {
            int s = (int) STATE.getAndBitwiseOr(this, ACCEPTED);   // decides Race25a_AcceptDrop
            boolean drains = spec.onDrain() != null && scope.runsDrainHooks();
            if (isCancelRequested(s) || drains) {
                callLate(phase(s) == DROPPED, drains);
            }
        }
    }

    private void callLate(boolean dropped, boolean drains) {
        WindowStack stack = Chain.stack();
        stack.pushCallbacks(WindowStack.LATE_CALLBACK);
        try {
            if (isCancelRequested()) {
                Hooks.runAll(this, false, stack);
            }
            if (dropped) {
                callOnDone(stack);
            } else if (drains && !isDone()) {
                Hooks.runAll(this, true, stack);
            }
        } finally {
            stack.pop(WindowStack.LATE_CALLBACK);
        }
    }

    // ---- What the spec has

    /** Calls the spec's callback, unless that was done, or the spawn may throw. */
    final void callOnDone(@Nullable WindowStack stack) {
        Consumer<? super Task<?>> callback = spec.onDone();
        if (callback != null && mayCall() && claim(DONE_CALLED, callback) != null) {
            Completion.clearStatus(stack);
            try {
                callback.accept(this);
            } catch (Throwable thrown) {
                FatalErrors.reportThrown("A callback", this, thrown);
            }
        }
    }

    /** The spec's hook of this kind, or null. */
    final @Nullable Action hook(boolean forDrain) {
        return forDrain ? spec.onDrain() : spec.onCancel();
    }

    /** The same, for the caller to run; null if another thread has claimed it, or the spawn may throw. */
    final @Nullable Action claimHook(boolean forDrain) {
        return mayCall() ? claim(forDrain ? DRAIN_CALLED : CANCEL_CALLED, hook(forDrain)) : null;
    }

    /** Whether the spawn returns this task, or its body has begun all the same. */
    private boolean mayCall() {
        int s = state;
        return (s & ACCEPTED) != 0 || phase(s) >= RUNNING && phase(s) != DROPPED;   // decides Race25a_AcceptDrop
    }

    private <V> @Nullable V claim(int flag, @Nullable V what) {
        return (((int) STATE.getAndBitwiseOr(this, flag)) & flag) == 0 ? what : null;
    }

    // ---- The alarm

    @Override
    final long limitedSince() {
        return spec.timeout() == null || deadline >= Deadlines.NEVER - 1 ? 0
                : deadline - Options.nanos(spec.timeout());
    }

    /** Also of a task that was asked without an interrupt, and runs on: it gets one. */
    @Override
    long due() {
        int s = state;
        boolean over = isDone(s) || (s & (EXPIRED | OVERDUE)) != 0
                || (s & REQUESTED) != 0 && (phase(s) != RUNNING || (s & (INTERRUPTING | INTERRUPTED | OWED)) != 0);
        if (over) {
            return Deadlines.NEVER;
        }
        boolean early = phase(s) == PENDING && (s & ACCEPTED) == 0;   // its spawn may throw: a little later
        return early ? Math.max(deadline, Deadlines.after(LITTLE)) : deadline;
    }

    @Override
    boolean expire(long now) {
        return expire() || (state & REQUESTED) != 0 && claimAsOverdue();
    }

    /** The alarm hands it over once, however long it takes until the interrupt. */
    private boolean claimAsOverdue() {
        return ((int) STATE.getAndBitwiseOr(this, OVERDUE) & OVERDUE) == 0;
    }
}
