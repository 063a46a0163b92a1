package dev.supervisor;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One pass over the live tasks that tells each to cancel: the first pass of {@code abort} (C2). */
final class Sweep implements Consumer<SupervisedTask<?>> {

    /*
     * Nobody's code runs in this pass but Thread.interrupt. A task that has not started is dropped; if nobody observes
     * it, it is gone at once, and otherwise it is linked, through its own payload field, into a list that the aborter
     * works off when everybody has been told. So a callback that blocks keeps no task from being told, and nothing is
     * allocated.
     *
     * Tasks that run on the calling thread are told last, since that interrupts the aborter itself.
     */
    private final Census census;
    private final Thread me = Thread.currentThread();
    private @Nullable SupervisedTask<?> dropped;
    private boolean toldOwn;
    private boolean hasOwn;

    Sweep(Census census) {
        this.census = census;
    }

    /** Tells everybody; returns the list of tasks to be cleaned up, or null. */
    @Nullable SupervisedTask<?> run() {
        census.forEach(this);
        if (hasOwn) {
            toldOwn = true;
            census.forEach(this);
        }
        return dropped;
    }

    @Override
    public void accept(SupervisedTask<?> task) {
        if (!toldOwn && task.isRunBy(me)) {
            hasOwn = true;
        } else if (task.request(true) == SupervisedTask.DROPPED) {
            if (task.isWatched()) {
                task.setNextDropped(dropped);
                dropped = task;
            } else {
                task.cleanUpDropped(me);
            }
        }
    }
}
