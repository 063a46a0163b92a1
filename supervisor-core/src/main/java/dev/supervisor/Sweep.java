package dev.supervisor;

import java.util.function.Consumer;

/** What {@code abort} does (C2): one pass over the live tasks that tells each to cancel, then their completion. */
final class Sweep implements Consumer<SupervisedTask<?>> {

    /*
     * No callback runs in the first pass, only Thread.interrupt. A task that has not started is dropped, which leaves
     * it UNFINISHED. When everybody has been told, all such tasks are completed, in the order of the pass: see
     * Completion. So a callback that blocks keeps no task from being told, and nothing is allocated for a task but its
     * node in the queue of Completions, if it was spawned through them; want of memory is no reason to tell nobody.
     *
     * An interrupt() that does not return holds up this abort alone: whoever aborts then finds INTERRUPTING set, and
     * goes on to the next task.
     *
     * Tasks that run on the calling thread are told last, since that interrupts the aborter itself.
     */
    private final Thread me = Thread.currentThread();
    private boolean dropped;
    /** Somebody could not be interrupted for want of stack: to be tried once more, and by the next abort. */
    private boolean missed;
    private boolean toldOwn;
    private boolean hasOwn;

    private Sweep() { }

    /**
     * Aborts.
     *
     * @param interruptOwner whether to interrupt the owner's body too, before any callback can hold that up
     */
    static void abort(Supervisor supervisor, boolean interruptOwner) {
        sweep(supervisor, true, interruptOwner, false);
    }

    /** Completes the tasks that were left unfinished, if any, and aborts if a fatal error is kept. */
    static void recover(Supervisor supervisor) {
        if (supervisor.unfinished) {
            sweep(supervisor, false, false, true);
        }
    }

    private static void sweep(Supervisor supervisor, boolean aborts, boolean interruptOwner, boolean recovers) {
        try {
            boolean complete = recovers && (boolean) Supervisor.UNFINISHED.getAndSet(supervisor, false);
            boolean fatal = complete && supervisor.fatal.kept() != null;   // whose abort may have been cut off
            if (aborts || fatal) {
                complete |= tell(supervisor, interruptOwner || fatal);
            }
            if (complete) {
                Completion.completeUnfinished(supervisor);
            }
            supervisor.taskGone();   // perhaps nothing is live, and nobody else would say so
        } catch (Throwable cut) {
            supervisor.unfinished = true;
            throw cut;
        }
    }

    /** Tells everybody, and the owner if that is asked; returns whether tasks were dropped. */
    private static boolean tell(Supervisor supervisor, boolean interruptOwner) {
        supervisor.lifecycle.aborting();
        supervisor.census.endAdmission();
        boolean dropped = false;
        if (!supervisor.lifecycle.isSwept()) {
            Sweep sweep = new Sweep();
            sweep.tellAll(supervisor.census);
            if (sweep.missed) {
                sweep.missed = false;
                sweep.tellAll(supervisor.census);
            }
            if (!sweep.missed) {
                supervisor.lifecycle.swept();
            }
            dropped = sweep.dropped;
        }
        if (interruptOwner && supervisor.owner != null) {
            supervisor.owner.interrupt();
        }
        return dropped;
    }

    private void tellAll(Census census) {
        toldOwn = false;
        census.forEach(this);
        if (hasOwn) {
            toldOwn = true;
            census.forEach(this);
        }
    }

    @Override
    public void accept(SupervisedTask<?> task) {
        if (!toldOwn && task.isRunBy(me)) {
            hasOwn = true;
            return;
        }
        int asked = task.request(true);
        dropped |= asked == TaskState.DROPPED;
        missed |= asked == TaskState.INTERRUPTING;
    }
}
