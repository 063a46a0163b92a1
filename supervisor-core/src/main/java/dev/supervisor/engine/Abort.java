package dev.supervisor.engine;

import java.util.function.Consumer;

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

    private Abort() { }

    /**
     * Aborts.
     *
     * @param interruptOwner whether to interrupt the owner's block too, before any callback can hold that up
     */
    static void abort(Scope scope, boolean interruptOwner) {
        pass(scope, true, interruptOwner);
    }

    /** Completes the tasks that remain unfinished, if any, and aborts if a fatal error is kept. */
    static void recover(Scope scope) {
        if (scope.unfinished) {
            pass(scope, false, false);
        }
    }

    private static void pass(Scope scope, boolean aborts, boolean interruptOwner) {
        try {
            boolean complete = scope.unfinished && (boolean) Scope.UNFINISHED.getAndSet(scope, false);
            boolean fatal = complete && scope.fatal.kept() != null;   // its abort may have been cut off
            if (aborts || fatal) {
                complete |= askAll(scope, interruptOwner || fatal);
            }
            if (complete) {
                Completion.completeUnfinished(scope);
            }
            scope.onRetired();   // perhaps no task is live, and no other thread would say so
        } catch (Throwable overflow) {
            scope.unfinished = true;
            throw overflow;
        }
    }

    /** Asks every task to cancel, and interrupts the owner if that is wanted; returns whether tasks were dropped. */
    private static boolean askAll(Scope scope, boolean interruptOwner) {
        scope.lifecycle.markAborting();
        scope.census.endAdmission();
        boolean dropped = false;
        if (!scope.lifecycle.isAborted()) {   // decides Race12_TwoAborts, Lincheck12_Aborts
            Abort abort = new Abort();
            abort.visit(scope.census);
            if (abort.missed) {
                abort.missed = false;
                abort.visit(scope.census);
            }
            if (!abort.missed) {
                scope.lifecycle.markAborted();
            }
            dropped = abort.dropped;
        }
        if (interruptOwner && scope.owner != null) {
            scope.owner.interrupt();
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
        int asked = task.request(true);
        dropped |= asked == TaskState.DROPPED;
        missed |= asked == TaskState.INTERRUPTING;
    }
}
