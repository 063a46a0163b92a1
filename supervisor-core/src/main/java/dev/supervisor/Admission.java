package dev.supervisor;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way of a spawn: what happens between the call and the executor, and how it is undone (A3, A5, A6). */
final class Admission {

    /*
     * In this order, and each step for a reason:
     *
     *   ask Lifecycle     so that nothing is made for a spawn that is refused anyway
     *   the decorator     before anything is counted: it is foreign code, and may take its time, or wait for all tasks
     *   enter the census  the count decides whether a supervisor that somebody waits for is finished
     *   add to the set    from here on an abort finds the task
     *   ask Lifecycle     once more: an abort whose sweep came before the add has set its flag before that
     *                     (Race01_SpawnAbort)
     *   the executor      last, since it may run the task at once
     *
     * What throws before the task is in the set takes its count back. What throws after it drops the task, by the
     * compare-and-set that any canceller uses, so that one of them cleans up (Race17_RefusalAbort); if the task has
     * begun, nothing is undone.
     */
    private Admission() { }

    static <T extends @Nullable Object> SupervisedTask<T> admit(Supervisor supervisor,
            @Nullable String name, Object body, @Nullable Consumer<? super Task<T>> observer) {
        if (!supervisor.lifecycle.admits()) {
            throw rejection(supervisor);
        }
        SupervisedTask<T> task = name == null
                ? new SupervisedTask<>(supervisor, body, observer)
                : new SupervisedTask.Named<>(supervisor, name, body, observer);
        Launcher launcher = supervisor.settings.launcher();
        if (launcher.mayRunInSpawner) {
            task.spawning(Thread.currentThread());
        }
        TaskDecorator decorator = supervisor.settings.decorator();
        if (decorator != null) {
            if (supervisor.census.isFinished()) {
                throw rejection(supervisor);
            }
            task.decorate(decorator);
        }
        Stripe stripe = supervisor.census.enter();
        if (stripe == null) {
            throw rejection(supervisor);
        }
        try {
            stripe.add(task);
        } catch (Throwable thrown) {
            boolean counted = false;
            try {
                stripe.leave();
                counted = true;
                supervisor.left(stripe);
            } finally {
                if (!counted) {   // see Rescue
                    stripe.owed++;
                    supervisor.stranded = true;
                }
            }
            throw thrown;
        }
        boolean settled = false;
        boolean aborting;
        try {
            aborting = supervisor.lifecycle.isAborting();
            if (aborting) {
                undo(task);
            } else {
                launcher.launch(task);
                if (launcher.mayRunInSpawner) {
                    task.spawned(Thread.currentThread());
                }
            }
            settled = true;
        } catch (Throwable thrown) {
            undo(task);
            settled = true;
            throw thrown;
        } finally {
            if (!settled) {   // see Rescue
                task.slot |= Rescue.UNDO;
                supervisor.stranded = true;
            }
        }
        if (aborting) {
            throw rejection(supervisor);
        }
        return task;
    }

    private static void undo(SupervisedTask<?> task) {
        Thread me = Thread.currentThread();
        if (task.refuse()) {
            try {
                task.cleanUpDropped(me);
            } catch (Throwable cut) {   // see Rescue
                task.thread = Rescue.CUT_OFF;
                task.supervisor.stranded = true;
                throw cut;
            }
        } else {
            Rescue.run(task.supervisor);
        }
    }

    private static RejectedExecutionException rejection(Supervisor supervisor) {
        Lifecycle lifecycle = supervisor.lifecycle;
        String reason = lifecycle.isExited() ? "is finished"
                : lifecycle.isAborting() ? "is shutting down"
                : lifecycle.isSealed() ? "is sealed"
                : "is finished";
        return new RejectedExecutionException(
                supervisor + " " + reason + " and takes no new task; open another supervisor for it");
    }
}
