package dev.supervisor.engine;

import dev.supervisor.Overflow;
import dev.supervisor.Refusal;
import dev.supervisor.TaskDecorator;
import dev.supervisor.jfr.FlightRecording;
import dev.supervisor.threads.Launcher;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** The way of a spawn: what happens between the call and the executor, and how it is undone (A3, A5, A6). */
final class Admission {

    /*
     * In this order, and each step for a reason:
     *
     *   ask Lifecycle     so that nothing is made for a spawn that is refused anyway
     *   take a permit     if there is a limit; before user code is called (Permits)
     *   note the spawner  in the task, if the executor may run it inside of spawn (TaskState)
     *   record the body   if there is an observer, or a flight recording: inside of the decorator (RecordedBody)
     *   the decorator     before anything is counted: it is user code, and may take its time, or wait for all tasks
     *   begin its time    if it has a limit: neither the wait for a permit nor the decorator is part of it
     *   enter the census  the count decides whether a supervisor that a thread waits for is finished
     *   add to the set    from here on an abort finds the task
     *   ask Lifecycle     once more: an abort that visited the set before the add has set its flag before that
     *                     (Race01a_SpawnAbort)
     *   the observer      is told, before any other thread can tell it of the start
     *   the executor      last, since it may run the task at once
     *
     * If something is thrown after the task was counted in, the spawner drops the task, by the compare-and-set that
     * every canceller uses. So one of them completes it (Race17_RefusalAbort). If the task has begun, nothing is
     * undone. If shutdownNow has dropped it and returns its body, nothing is thrown: the task counts as accepted.
     * (Race29b_ShutdownNowSpawn.)
     *
     * Stack or memory can run out on the way, and where that is caught no call may be made. (Room for the undoing is
     * asked for before, see StackRoom; what follows copes with what that does not prevent.) A task whose claim of a
     * slot has succeeded is added, even if a call after that was cut off. A task that is counted in and could not be
     * added is stored in the spare end of the first segment, so that it is completed and counted out like any other. If
     * the undoing is cut off, too, the spawner marks the task REFUSED, unless its body has begun: no thread claims the
     * task then, and the thread that recovers drops it (Completion).
     */
    private Admission() { }

    static <T extends @Nullable Object> SupervisedTask<T> admit(Scope scope,
            @Nullable String name, Object body, Callback.@Nullable Observer observer) {
        if (scope.permits() != null) {
            SupervisedTask.Named<T> limited = new SupervisedTask.Named<>(scope, name, body, observer);
            admit(limited, null, false);
            return limited;
        }
        ensureOpen(scope);
        SupervisedTask<T> task = name == null
                ? new SupervisedTask<>(scope, body, observer)
                : new SupervisedTask.Named<>(scope, name, body, observer);
        launch(scope, task, null);
        return task;
    }

    /** The same for a task that holds a permit if there is a limit; null if it only tries to take one, and none is. */
    static <T extends @Nullable Object, P extends SupervisedTask.Permitted<T>> @Nullable P admit(
            P task, @Nullable Specified<T> specified, boolean tries) {
        Scope scope = task.scope;
        ensureOpen(scope);
        Permits permits = scope.permits();
        if (permits != null) {
            if (!permits.tryTake()) {
                if (tries) {
                    refused(scope, Refusal.FULL);
                    return null;
                }
                awaitPermit(scope, permits);
            }
            task.permit = true;
        }
        try {
            launch(scope, task, specified);
        } catch (Throwable refused) {   // no call before the permit is returned
            if (permits != null && task.segment == null) {   // it was not counted in
                Permits.FREE.getAndAdd(permits, 1);
                try {
                    permits.wakeOne();
                } catch (Throwable overflow) {   // a spawner may wait, and no other thread is sure to come
                    scope.unfinished = true;
                    Abort.recover(scope);
                }
            }
            throw refused;
        }
        return task;
    }

    static <T extends @Nullable Object> @Nullable Specified<T> admit(Specified<T> task, boolean tries) {
        return admit(task, task, tries);
    }

    /** Refuses a spawn for which the state is reason enough. */
    private static void ensureOpen(Scope scope) {
        StackRoom.ensure();   // for the undoing
        Abort.recover(scope);   // so that no stack leaves more than one task behind
        if (Leaks.ON) {
            Leaks.look(scope);
        }
        if (!scope.lifecycle.admits()   // decides Race02_SpawnSeal
                // decides Race25b_StrangerDrain, Race25c_ChildOfLiveTask
                && !(scope.lifecycle.admitsInside() && Inside.of(scope) != null)) {
            throw rejection(scope, false);
        }
    }

    /** Waits for a permit, and takes it, if this thread may. */
    private static void awaitPermit(Scope scope, Permits permits) {
        if (scope.settings.options().overflow() == Overflow.REJECT || Inside.of(scope) != null) {
            throw rejection(scope, true);
        }
        boolean admitted;
        try {
            do {
                admitted = permits.await(scope);
            } while (admitted && !permits.tryTake());
        } catch (InterruptedException e) {
            RejectedExecutionException refused = rejection(scope, true);
            refused.initCause(e);
            throw refused;
        } catch (Throwable cutOff) {   // the thread may have been woken for a permit, and no other one is sure to come
            scope.unfinished = true;
            Abort.recover(scope);
            throw cutOff;
        }
        if (!admitted) {
            throw rejection(scope, true);
        }
    }

    private static void launch(Scope scope, SupervisedTask<?> task, @Nullable Specified<?> specified) {
        Launcher launcher = specified == null ? scope.settings.launcher() : specified.launcher();
        WindowStack spawner = launcher.mayRunInSpawner ? Chain.stack() : null;
        if (spawner != null) {
            task.noteSpawner(spawner);
        }
        RecordedBody recorded = scope.settings.observer() == null && !FlightRecording.recordsTasks() ? null
                : task.record();
        TaskDecorator outer = scope.settings.decorator();
        TaskDecorator inner = specified == null ? null : specified.spec.decorator();
        if (outer != null || inner != null) {
            if (scope.census.isFinished()) {   // a spawn that is refused at once does not ask it (E10)
                throw rejection(scope, false);
            }
            task.decorate(outer, inner);
        }
        if (specified != null) {
            specified.beginTime();
        }
        enterAndLaunch(scope, task, launcher, spawner, specified, recorded);
    }

    /** Counts the task in and launches it, or undoes that; in one method, so that no call comes between. */
    private static void enterAndLaunch(Scope scope, SupervisedTask<?> task, Launcher launcher,
            @Nullable WindowStack spawner, @Nullable Specified<?> specified, @Nullable RecordedBody recorded) {
        Stripe stripe = enter(scope);
        boolean added = false;
        Throwable thrown = null;
        try {
            stripe.add(task);
            added = true;
            if (!scope.lifecycle.isAborting()) {   // decides Race01a_SpawnAbort, Race01b_AddFlag
                if (specified != null) {
                    specified.published();
                }
                if (recorded != null) {
                    recorded.accepted();
                }
                launcher.launch(task);
                task.forgetSpawner(spawner);
                if (specified != null) {
                    specified.accepted();
                }
                return;
            }
        } catch (Throwable failure) {   // no call before the refusal
            thrown = failure;
            Segment at = task.segment;
            @Nullable Object[] slots = at == null || at.closer != null ? null : at.slots;
            if (!added && (slots == null || slots[task.slot & TaskState.SLOT] != task)) {
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
            Abort.recover(scope);   // no other thread is sure to come, and one may wait for the permit
            throw overflow;
        }
        if (!(thrown instanceof Error) && task.isReturned()) {   // decides Race29b_ShutdownNowSpawn
            if (specified != null) {
                specified.accepted();
            }
            return;
        }
        if (thrown != null && task.isRefused()) {
            refused(scope, Refusal.EXECUTOR);
        }
        throw thrown == null ? rejection(scope, false) : SupervisedTask.<RuntimeException>sneakyThrow(thrown);
    }

    private static Stripe enter(Scope scope) {
        Stripe stripe = scope.census.enter();
        if (stripe == null) {
            throw rejection(scope, false);
        }
        return stripe;
    }

    /**
     * The refusal of a spawn, which is counted.
     *
     * @param full whether there was no permit
     */
    private static RejectedExecutionException rejection(Scope scope, boolean full) {
        Lifecycle lifecycle = scope.lifecycle;
        boolean shuttingDown = !lifecycle.isExited() && lifecycle.isAborting();
        Refusal reason = shuttingDown ? Refusal.SHUTTING_DOWN
                : lifecycle.isExited() ? Refusal.FINISHED
                : lifecycle.isSealed() ? Refusal.SEALED
                : lifecycle.isDraining() && !(full && Inside.of(scope) != null) ? Refusal.DRAINING
                : full && !scope.census.isFinished() ? Refusal.FULL
                : Refusal.FINISHED;
        refused(scope, reason);
        // The whole description of the supervisor would say a state besides, perhaps another one.
        String message = "Supervisor " + scope.name() + " " + said(reason) + " and takes no new task; "
                + (reason == Refusal.FULL ? "spawn again when one of its " + scope.settings.options().maxTasks()
                        + " tasks has ended, or raise maxTasks" : "open another supervisor for it");
        return shuttingDown ? new ShuttingDownException(message) : new RejectedExecutionException(message);
    }

    private static void refused(Scope scope, Refusal reason) {
        scope.tally().refused(reason);
        RecordedBody.refused(scope, reason);
        FlightRecording.refused(scope, reason);
    }

    private static String said(Refusal reason) {
        return switch (reason) {
            case SHUTTING_DOWN -> "is shutting down";
            case SEALED -> "is sealed";
            case DRAINING -> "is draining";
            case FULL -> "is full";
            default -> "is finished";
        };
    }
}
