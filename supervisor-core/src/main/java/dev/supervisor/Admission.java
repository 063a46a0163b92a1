package dev.supervisor;

import java.util.concurrent.RejectedExecutionException;
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
     * What throws after the task was counted drops it, by the compare-and-set that any canceller uses, so that one of
     * them completes it (Race17_RefusalAbort); if the task has begun, nothing is undone. A task that could not be
     * added to the set is put into its spare end before that, so that it is completed and counted out like any other.
     * If that is cut off, too, the task is marked REFUSED, unless its body has begun: no thread claims it then, and who
     * recovers drops it (Completion).
     */
    private Admission() { }

    static <T extends @Nullable Object> SupervisedTask<T> admit(Supervisor supervisor,
            @Nullable String name, Object body, Callback.@Nullable Observer observer) {
        if (!supervisor.lifecycle.admits()) {
            throw rejection(supervisor);
        }
        SupervisedTask<T> task = name == null
                ? new SupervisedTask<>(supervisor, body, observer)
                : new SupervisedTask.Named<>(supervisor, name, body, observer);
        Launcher launcher = supervisor.settings.launcher();
        WindowStack spawner = launcher.mayRunInSpawner ? WindowStack.mine() : null;
        if (spawner != null) {
            task.spawning(spawner);
        }
        TaskDecorator decorator = supervisor.settings.decorator();
        if (decorator != null) {
            if (supervisor.census.isFinished()) {
                throw rejection(supervisor);
            }
            task.decorate(decorator);
        }
        enterAndLaunch(supervisor, task, launcher, spawner);
        return task;
    }

    /** Counts the task in and launches it, or undoes all that; in one method, so that no call comes between. */
    private static void enterAndLaunch(Supervisor supervisor, SupervisedTask<?> task, Launcher launcher,
            @Nullable WindowStack spawner) {
        Stripe stripe = supervisor.census.enter();
        if (stripe == null) {
            throw rejection(supervisor);
        }
        boolean added = false;
        Throwable thrown = null;
        try {
            stripe.add(task);
            added = true;
            if (!supervisor.lifecycle.isAborting()) {
                launcher.launch(task);
                if (spawner != null) {
                    task.spawned(spawner);
                }
                return;
            }
        } catch (Throwable t) {
            thrown = t;
            if (!added) {   // it is counted, so it has to lie somewhere: without a call, since it may be the stack
                Segment segment = stripe.segments.all[0];
                int spare = segment.slots.length - 1;
                while (spare > segment.slots.length - Segment.SPARE && segment.slots[spare] != null) {
                    spare--;
                }
                task.segment = segment;
                task.slot = spare;
                segment.slots[spare] = task;
            }
        }
        boolean undone = false;
        try {
            Completion.refuse(task);
            undone = true;
        } finally {
            if (!undone) {   // see Completion: no call but the mark itself
                try {
                    int s = task.state;
                    while ((s & TaskState.PHASE) < TaskState.RUNNING
                            && !TaskState.STATE.compareAndSet((Window) task, s, s | TaskState.REFUSED_FLAGS)) {
                        s = task.state;
                    }
                } finally {
                    supervisor.unfinished = true;
                }
            }
        }
        throw thrown == null ? rejection(supervisor) : SupervisedTask.<RuntimeException>throwAny(thrown);
    }

    private static RejectedExecutionException rejection(Supervisor supervisor) {
        Lifecycle lifecycle = supervisor.lifecycle;
        boolean shuttingDown = !lifecycle.isExited() && lifecycle.isAborting();
        String reason = shuttingDown ? "is shutting down"
                : lifecycle.isExited() || !lifecycle.isSealed() ? "is finished"
                : "is sealed";
        // Its whole description would say a state besides, perhaps another one.
        String message = "Supervisor " + supervisor.name() + " " + reason
                + " and takes no new task; open another supervisor for it";
        return shuttingDown ? new ShuttingDownException(message) : new RejectedExecutionException(message);
    }
}
