package dev.supervisor.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What {@code abort} does (C2): one pass over the live tasks that asks each to cancel, then their completion. */
final class Abort implements Consumer<SupervisedTask<?>> {

    /*
     * No callback runs in the first pass, only Thread.interrupt. A task that has not started is dropped, which leaves
     * it UNFINISHED. When all tasks have been asked, those are completed, in the order of the pass: see Completion. So
     * a callback that blocks keeps no task from being asked, and nothing is allocated for a task but its node in the
     * CompletionQueue, if it was spawned through one; want of memory is no reason to ask no task.
     *
     * An interrupt() that does not return holds up this abort alone: another thread that aborts finds INTERRUPTING set,
     * and goes on to the next task.
     *
     * Tasks that run on the calling thread are asked last, since that interrupts the thread itself.
     */
    private final Thread me = Thread.currentThread();
    private boolean dropped;
    /** A task could not be interrupted for want of stack: to be tried once more, and by the next abort. */
    private boolean missed;
    /** Whether tasks that run on this thread are asked, too. */
    private boolean ownTurn;
    private boolean hasOwn;
    /** Whether hooks are to be run, or children to be told. */
    private boolean hooked;
    private final boolean interruptChildren;
    /** Where the bodies of tasks go that have not started, if a caller wants them. */
    private final @Nullable List<Runnable> unrun;

    private Abort(boolean interruptChildren, @Nullable List<Runnable> unrun) {
        this.interruptChildren = interruptChildren;
        this.unrun = unrun;
    }

    /**
     * Aborts.
     *
     * @param interruptOwner whether to interrupt the owner's block too, before any callback can hold that up
     */
    static void abort(Scope scope, boolean interruptOwner) {
        abort(scope, interruptOwner, interruptOwner);
    }

    /**
     * Aborts.
     *
     * @param interruptOwner whether to interrupt the owner's block too
     * @param interruptChildren whether to interrupt the blocks of the owners of children
     */
    static void abort(Scope scope, boolean interruptOwner, boolean interruptChildren) {
        pass(scope, true, interruptOwner, interruptChildren, null);
    }

    /** The same, and returns the bodies of tasks that have not started; only those that can be given to an executor. */
    static List<Runnable> abortUnrun(Scope scope) {
        List<Runnable> unrun = new ArrayList<>();
        try {
            pass(scope, true, false, false, unrun);
            return unrun;
        } catch (Throwable overflow) {   // nobody gets them, and no get is to hang
            for (int round = 0; round < 2; round++) {
                for (Runnable body : unrun) {
                    try {
                        if (body instanceof Future<?> future) {
                            future.cancel(false);
                        }
                    } catch (Throwable again) {
                        // There is a second round.
                    }
                }
            }
            throw overflow;
        }
    }

    /** The first pass alone, for the child of a supervisor that aborts; the second is {@link #recover}. */
    static void ask(Scope child, boolean interruptOwner) {
        try {
            askAll(child, interruptOwner, interruptOwner, null);
        } finally {
            child.unfinished = true;   // whether or not it was cut off
        }
    }

    /** Completes the tasks that remain unfinished, if any, and aborts if a fatal error is kept. */
    static void recover(Scope scope) {
        if (scope.unfinished) {
            pass(scope, false, false, false, null);
        }
    }

    private static void pass(Scope scope, boolean aborts, boolean interruptOwner, boolean interruptChildren,
            @Nullable List<Runnable> unrun) {
        try {
            boolean complete = scope.unfinished && (boolean) Scope.UNFINISHED.getAndSet(scope, false);
            boolean fatal = complete && FatalErrors.kept(scope) != null;   // its abort may have been cut off
            boolean cutOff = complete && scope.lifecycle.isAborting() && !scope.lifecycle.isAborted();
            if (aborts || fatal || cutOff) {
                complete |= askAll(scope, interruptOwner || fatal, interruptChildren || fatal, unrun);
            }
            if (complete) {
                Completion.completeUnfinished(scope);
                scope.wakeSpawners();   // perhaps a thread was cut off that has returned a permit
            }
            scope.onRetired();   // perhaps no task is live, and no other thread would say so
        } catch (Throwable overflow) {
            scope.unfinished = true;
            throw overflow;
        }
    }

    /**
     * Asks every task to cancel, and interrupts the owner if that is wanted; returns whether tasks were dropped, or have
     * hooks.
     */
    private static boolean askAll(Scope scope, boolean interruptOwner, boolean interruptChildren,
            @Nullable List<Runnable> unrun) {
        scope.lifecycle.markAborting();
        scope.census.endAdmission();
        scope.wakeSpawners();
        boolean dropped = false;
        if (!scope.lifecycle.isAborted()) {   // decides Race12_TwoAborts, Lincheck12_Aborts
            Abort abort = new Abort(interruptChildren, unrun);
            abort.visit(scope.census);
            if (abort.missed) {
                abort.missed = false;
                abort.visit(scope.census);
            }
            if (!abort.missed) {
                scope.lifecycle.markAborted();
            }
            dropped = abort.dropped || abort.hooked;
        }
        if (interruptOwner && scope.owner != null) {
            scope.owner.interrupt();
        }
        if (interruptChildren) {
            ChildTask.forEach(scope, ChildTask.INTERRUPT_OWNERS);   // an earlier abort may have asked the tasks alone
        }
        return dropped;
    }

    private void visit(Census census) {
        ownTurn = false;
        census.forEach(this);   // decides Race15d_SegmentGrowthSweep
        if (hasOwn) {
            ownTurn = true;
            census.forEach(this);
        }
    }

    @Override
    public void accept(SupervisedTask<?> task) {
        if (!ownTurn && task.isRunBy(me)) {
            hasOwn = true;
            return;
        }
        int asked = unrun == null ? task.request(true) : task.requestUnrun(unrun);
        if (asked != 0 && task.isHooked()) {
            hooked = true;
            if (task instanceof ChildTask child) {
                child.ask(interruptChildren);
            }
        }
        dropped |= asked == TaskState.DROPPED;
        missed |= asked == TaskState.INTERRUPTING;
    }
}
