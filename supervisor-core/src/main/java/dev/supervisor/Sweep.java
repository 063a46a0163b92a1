package dev.supervisor;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What {@code abort} does (C2): one pass over the live tasks that tells each to cancel, then the clean-up. */
final class Sweep implements Consumer<SupervisedTask<?>> {

    /*
     * No callback runs in the first pass, only Thread.interrupt. A task that has not started is dropped; if nobody
     * observes it, it is gone at once, and otherwise it is linked, through its own payload field, into a list that the
     * aborter works off when everybody has been told. So a callback that blocks keeps no task from being told, and
     * nothing is allocated for a task.
     *
     * Tasks that run on the calling thread are told last, since that interrupts the aborter itself.
     */
    private final Census census;
    private final Thread me = Thread.currentThread();
    /** The list. */
    private @Nullable SupervisedTask<?> dropped;
    /** Dropped by us, and neither in the list nor cleaned up. */
    private @Nullable SupervisedTask<?> atHand;
    /** Somebody could not be interrupted for want of stack: to be tried once more, and by the next abort. */
    private boolean missed;
    private boolean toldOwn;
    private boolean hasOwn;

    private Sweep(Census census) {
        this.census = census;
    }

    /**
     * Aborts.
     *
     * @param interruptOwner whether to interrupt the owner's body too, before any callback can hold that up
     */
    static void abort(Supervisor supervisor, boolean interruptOwner) {
        supervisor.lifecycle.aborting();
        supervisor.census.endAdmission();
        Sweep sweep = supervisor.lifecycle.isSwept() ? null : new Sweep(supervisor.census);
        try {
            if (sweep != null) {
                sweep.tellAll();
                if (sweep.missed) {
                    sweep.missed = false;
                    sweep.tellAll();
                }
                if (!sweep.missed) {
                    supervisor.lifecycle.swept();
                }
            }
            if (interruptOwner && supervisor.owner != null) {
                supervisor.owner.interrupt(supervisor.interrupts);
            }
            if (sweep != null) {
                sweep.cleanUp();
            }
        } catch (Throwable cut) {
            if (sweep != null) {
                if (sweep.atHand != null) {
                    sweep.atHand.thread = Rescue.CUT_OFF;
                }
                for (SupervisedTask<?> task; (task = sweep.dropped) != null;) {
                    sweep.dropped = (SupervisedTask<?>) task.payload;
                    task.payload = null;
                    task.thread = Rescue.CUT_OFF;
                }
                supervisor.stranded = true;
            }
            throw cut;
        }
    }

    private void tellAll() {
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
        if (asked == SupervisedTask.DROPPED) {
            atHand = task;
            if (task.isWatched()) {
                task.payload = dropped;
                dropped = task;
            } else {
                task.cleanUpDropped(me);
            }
            atHand = null;
        } else if (asked == SupervisedTask.INTERRUPTING) {
            missed = true;
        }
    }

    private void cleanUp() {
        for (SupervisedTask<?> task; (task = dropped) != null;) {
            atHand = task;
            dropped = (SupervisedTask<?>) task.payload;
            task.payload = null;
            task.cleanUpDropped(me);
        }
        atHand = null;
    }
}
