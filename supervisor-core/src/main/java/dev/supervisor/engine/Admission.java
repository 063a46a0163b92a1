package dev.supervisor.engine;

import dev.supervisor.TaskDecorator;
import dev.supervisor.threads.Launcher;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** The way of a spawn: what happens between the call and the executor, and how it is undone (A3, A5, A6). */
final class Admission {

    /*
     * In this order, and each step for a reason:
     *
     *   ask Lifecycle     so that nothing is made for a spawn that is refused anyway
     *   make the task     and note the spawner in it, if the executor may run it inside of spawn (TaskState)
     *   the decorator     before anything is counted: it is user code, and may take its time, or wait for all tasks
     *   enter the census  the count decides whether a supervisor that a thread waits for is finished
     *   add to the set    from here on an abort finds the task
     *   ask Lifecycle     once more: an abort that visited the set before the add has set its flag before that
     *                     (Race01a_SpawnAbort)
     *   the executor      last, since it may run the task at once
     *
     * If something is thrown after the task was counted in, the spawner drops the task, by the compare-and-set that
     * every canceller uses. So one of them completes it (Race17_RefusalAbort). If the task has begun, nothing is
     * undone.
     *
     * Stack or memory can run out on the way, and where that is caught no call may be made. A task whose claim of a
     * slot has succeeded is added, even if a call after that was cut off. A task that is counted in and could not be
     * added is stored in the spare end of the first segment, so that it is completed and counted out like any other. If
     * the undoing is cut off, too, the spawner marks the task REFUSED, unless its body has begun: no thread claims the
     * task then, and the thread that recovers drops it (Completion).
     */
    private Admission() { }

    static <T extends @Nullable Object> SupervisedTask<T> admit(Scope scope,
            @Nullable String name, Object body, Callback.@Nullable Observer observer) {
        Abort.recover(scope);   // so that no stack leaves more than one task behind
        if (!scope.lifecycle.admits()) {   // decides Race02_SpawnSeal
            throw rejection(scope);
        }
        SupervisedTask<T> task = name == null
                ? new SupervisedTask<>(scope, body, observer)
                : new SupervisedTask.Named<>(scope, name, body, observer);
        Launcher launcher = scope.settings.launcher();
        WindowStack spawner = launcher.mayRunInSpawner ? Chain.stack() : null;
        if (spawner != null) {
            task.noteSpawner(spawner);
        }
        TaskDecorator decorator = scope.settings.decorator();
        if (decorator != null) {
            if (scope.census.isFinished()) {   // a spawn that is refused at once does not ask it (E10)
                throw rejection(scope);
            }
            task.decorate(decorator);
        }
        enterAndLaunch(scope, task, launcher, spawner);
        return task;
    }

    /** Counts the task in and launches it, or undoes that; in one method, so that no call comes between. */
    private static void enterAndLaunch(Scope scope, SupervisedTask<?> task, Launcher launcher,
            @Nullable WindowStack spawner) {
        Stripe stripe = enter(scope);
        boolean added = false;
        Throwable thrown = null;
        try {
            stripe.add(task);
            added = true;
            if (!scope.lifecycle.isAborting()) {   // decides Race01a_SpawnAbort, Race01b_AddFlag
                launcher.launch(task);
                task.forgetSpawner(spawner);
                return;
            }
        } catch (Throwable failure) {   // no call before the refusal
            thrown = failure;
            Segment at = task.segment;
            @Nullable Object[] slots = at == null || at.closer != null ? null : at.slots;
            if (!added && (slots == null || slots[task.slot] != task)) {
                Segment first = stripe.segments.all[0];
                task.segment = first;
                task.slot = first.slots.length - 1;
                while (task.slot > first.length && first.slots[task.slot] != null) {
                    task.slot--;
                }
                first.slots[task.slot] = task;
            }
        }
        try {
            Completion.refuse(task);
        } catch (Throwable overflow) {   // no call but the mark itself
            scope.unfinished = true;
            for (int s = task.state; (s & TaskState.PHASE) < TaskState.RUNNING
                    && !TaskState.STATE.compareAndSet((Window) task, s, s | TaskState.REFUSED_FLAGS);) {
                s = task.state;
            }
            scope.unfinished = true;   // after the mark
            throw overflow;
        }
        throw thrown == null ? rejection(scope) : SupervisedTask.<RuntimeException>sneakyThrow(thrown);
    }

    private static Stripe enter(Scope scope) {
        Stripe stripe = scope.census.enter();
        if (stripe == null) {
            throw rejection(scope);
        }
        return stripe;
    }

    private static RejectedExecutionException rejection(Scope scope) {
        Lifecycle lifecycle = scope.lifecycle;
        boolean shuttingDown = !lifecycle.isExited() && lifecycle.isAborting();
        String reason = shuttingDown ? "is shutting down"
                : lifecycle.isExited() || !lifecycle.isSealed() ? "is finished"
                : "is sealed";
        // The whole description of the supervisor would say a state besides, perhaps another one.
        String message = "Supervisor " + scope.name() + " " + reason
                + " and takes no new task; open another supervisor for it";
        return shuttingDown ? new ShuttingDownException(message) : new RejectedExecutionException(message);
    }
}
