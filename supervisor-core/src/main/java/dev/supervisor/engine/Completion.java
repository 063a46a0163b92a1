package dev.supervisor.engine;

import dev.supervisor.FailureHandler;
import dev.supervisor.jfr.FlightRecording;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What follows the end of a task: its observers are notified, its failure is reported, and it is counted out. Its
 * progress stands in the task, so that any thread can begin it again where it stopped.
 */
final class Completion implements Consumer<SupervisedTask<?>> {

    /*
     * The steps, and what says that one is done (a decorator wraps all but the last two, E10):
     *
     *   our own observers (latches, futures,    may be notified again
     *     completions), in order
     *   a body that is a future is cancelled,   the body is forgotten; may be done again
     *     of a dropped task
     *   a future of submit ends that was cut    may be done again
     *     off, or not run (ExecutorView)
     *   a fatal error is kept, and aborts       may be done again
     *   the observer, hooks of a request to cancel, callbacks, in order; each is claimed before it is called
     *     (RecordedBody, Hooks, Callback)
     *   the failure handler                     REPORTED, set before it is called
     *   counted in the Tally, if it has not     TALLIED in the number of its slot
     *     succeeded
     *   counted out                             the slot in the live set is clear
     *
     * The count comes before the slot, and between them there is no call: so a task that is not counted out is in the
     * set, and one that is in the set is not counted out, but for that instant. (Race14b_EndForgets.)
     *
     * A stack, or the memory, can run out in any call, in our own frames too, and nothing can safely be called where
     * that is caught. So a thread that is cut off marks the task UNFINISHED, and sets `scope.unfinished`, by stores
     * alone. (A spawner marks its task REFUSED before its body, by CAS, since other threads may have it in hand.)
     * An abort leaves that mark on each task that it drops, and completes them when all tasks have been asked, in the
     * same way as others recover: a thread that spawns, completes another task, or comes to wait, does so if
     * `unfinished` is set (Abort). A thread takes a task over by CAS: one alone completes it. (Race23_TakeOver.)
     *
     *   raise: mark, then unfinished = true. recover: unfinished = false, by exchange, which sees what was marked
     *   before the last raise; then look. What is raised after the exchange remains for the next thread.
     */

    // What is asked with a task.
    private static final int REQUEST = 0;
    private static final int INTERRUPT = 1;
    private static final int REFUSE = 2;
    private static final int RELEASE = 3;
    private static final int CANCEL_FUTURE = 4;
    private static final int COMPLETE = 5;

    private static final Completion RELEASE_EACH = new Completion(RELEASE);
    private static final Completion CANCEL_FUTURE_OF_EACH = new Completion(CANCEL_FUTURE);
    private static final Completion COMPLETE_EACH = new Completion(COMPLETE);

    private final int what;

    private Completion(int what) {
        this.what = what;
    }

    // ---- Ways to it

    /**
     * Asks a task to cancel, and completes it if it was dropped by that.
     *
     * @return false if the task is done
     */
    static boolean cancel(SupervisedTask<?> task, boolean interrupt) {
        return attend(task, interrupt ? INTERRUPT : REQUEST);
    }

    /** Completes a task that no thread runs, and that is UNFINISHED. */
    static void completeEnded(SupervisedTask<?> task) {
        attend(task, COMPLETE);
    }

    /** Undoes the spawn of a task, unless its body has begun. */
    static void refuse(SupervisedTask<?> task) {
        attend(task, REFUSE);
    }

    /**
     * Completes each unfinished task: those that an abort has dropped, and those of threads that were cut off. First
     * all threads that wait are released, then bodies that are futures are cancelled, then hooks of requests run, then
     * callbacks. The user's code in one step may wait for what the steps before it have ended.
     */
    static void completeUnfinished(Scope scope) {
        ChildTask.forEach(scope, ChildTask.RECOVER);
        scope.census.forEach(RELEASE_EACH);
        scope.census.forEach(CANCEL_FUTURE_OF_EACH);
        scope.census.forEach(Hooks.OF_REQUESTS);
        scope.census.forEach(COMPLETE_EACH);
    }

    @Override
    public void accept(SupervisedTask<?> task) {
        if (task.isUnfinished()) {
            attend(task, what);
        }
    }

    /**
     * Does what is asked with a task, and completes it if it is for the caller to do so; false if nothing was to do.
     */
    private static boolean attend(SupervisedTask<?> task, int what) {
        boolean mine = false;
        WindowStack stack = null;
        try {
            int asked = ask(task, what);
            if (asked == TaskState.REQUESTED) {
                Hooks.requested(task);
            } else if (asked == TaskState.DROPPED) {
                if (!task.isWatched() && task.phase() == TaskState.DROPPED && task.futureBody() == null) {
                    mine = task.takeOver(Thread.currentThread());   // no user code to be called
                    if (mine) {
                        complete(task, null);
                    }
                } else {
                    stack = Chain.stack();
                    mine = task.takeOver(stack);
                    if (mine) {
                        stack.pushCallbacks(task);
                        completeForOther(task, what, stack);
                        stack.pop(task);
                    }
                }
            }
            return asked != 0;
        } catch (Throwable overflow) {   // no call before the mark
            if (mine) {
                @Nullable Object[] slots = task.segment.slots;   // null if that is over
                if (slots != null && slots[task.slot & TaskState.SLOT] == task) {
                    task.thread = TaskState.UNFINISHED;
                }
            }
            task.scope.unfinished = true;
            if (mine && stack != null) {
                stack.pop(task);   // if it was not
            }
            if (what <= REFUSE) {   // no other thread is sure to come
                Abort.recover(task.scope);
            }
            throw overflow;
        }
    }

    /** Returns 0 if nothing was to do, DROPPED if the task is to be completed, or else another number. */
    private static int ask(SupervisedTask<?> task, int what) {
        return switch (what) {
            case REQUEST -> task.request(false);
            case INTERRUPT -> interrupt(task);
            case REFUSE -> task.refuse() ? TaskState.DROPPED : 0;
            case RELEASE -> task.isWatched() && task.isDone() ? TaskState.DROPPED : 0;
            case CANCEL_FUTURE -> task.futureBody() != null ? TaskState.DROPPED : 0;
            default -> task.isPending() && !task.refuse() ? 0 : TaskState.DROPPED;
        };
    }

    static int interrupt(SupervisedTask<?> task) {
        int asked = task.request(true);
        return asked == TaskState.INTERRUPTING ? task.request(true) : asked;   // once more if it was missed
    }

    /** The part of completing a task whose body the current thread has not run. */
    private static void completeForOther(SupervisedTask<?> task, int what, WindowStack stack) {
        if (what == RELEASE || what == CANCEL_FUTURE) {
            if (what == RELEASE) {
                notifyObservers(task);
            } else {
                cancelFutureBody(task, stack);
            }
            task.setPlainThread(TaskState.UNFINISHED);
            return;
        }
        if (!task.isDone()) {   // its runner was cut off
            task.end(task.payload, TaskState.FAILED, TaskState.FAILED);
        }
        complete(task, stack);
    }

    // ---- The steps

    /**
     * Completes a task whose outcome is published.
     *
     * @param stack of the current thread; null if the task is alone on it, and the status that its callbacks leave
     *     means nothing
     */
    static void complete(SupervisedTask<?> task, @Nullable WindowStack stack) {
        int phase = task.phase();
        boolean dropped = phase == TaskState.DROPPED;
        if (task.isWatched() || phase == TaskState.FAILED || phase == TaskState.CANCELLED
                || dropped && task.futureBody() != null) {
            announce(task, stack);
        }
        if (dropped) {
            task.forgetPlainBody();
        }
        if (phase != TaskState.SUCCEEDED) {
            Tally.ended(task);   // before the count-out: decides Race33a_CountAgainstStats
        }
        task.thread = null;   // it has retired: see Census, the witness: decides Race16i_WitnessLeaves
        task.scope.afterExit(retire(task));
    }

    /** Notifies all that observe the task of its end, unless that was done. */
    static void announce(SupervisedTask<?> task, @Nullable WindowStack stack) {
        if (task.newestCallback() == Callback.COMPLETED) {
            return;
        }
        int phase = task.phase();
        clearStatus(stack);
        notifyObservers(task);
        if (phase == TaskState.DROPPED) {
            cancelFutureBody(task, stack);
        } else if (phase != TaskState.SUCCEEDED) {
            task.endFuture();
        }
        if (phase == TaskState.FAILED || phase == TaskState.CANCELLED) {
            handleFatal(task, phase);
        }
        RecordedBody.ended(task, stack);
        if (task.isHooked() && task.isCancelRequested()) {
            Hooks.runAll(task, false, stack);
        }
        if (task instanceof Specified<?> specified) {
            specified.callOnDone(stack);
        }
        runCallbacks(task, stack);
        if (phase == TaskState.FAILED) {
            report(task, stack);
        }
        task.markNotified();
    }

    /** Notifies our own observers, in order: releases threads that wait, and completes futures. */
    static void notifyObservers(SupervisedTask<?> task) {
        Callback newest = task.newestCallback();
        if (newest == null || newest == Callback.COMPLETED) {
            return;
        }
        Callback.releaseWaiters(newest);
        for (Callback node = Callback.oldest(newest);; node = TaskState.assumeNonNull(node.newer)) {
            Callback.Observer own = node.own();
            if (own != null) {
                own.ended(task);
                node.markNotified();
            }
            if (node == newest) {
                return;
            }
        }
    }

    /**
     * Cancels a future that was to be the body, and forgets it; if that throws, an abort tries once more as it
     * completes the task. It interrupts no thread, for none of ours runs it.
     */
    private static void cancelFutureBody(SupervisedTask<?> task, @Nullable WindowStack stack) {
        Future<?> future = task.futureBody();
        if (future != null) {
            clearStatus(stack);
            try {
                future.cancel(false);
                task.forgetPlainBody();
            } catch (Throwable thrown) {
                FatalErrors.reportThrown("The cancellation of the body", task, thrown);
            }
        }
    }

    private static void handleFatal(SupervisedTask<?> task, int phase) {
        Throwable thrown = task.plainThrown();
        if (thrown != null && (phase == TaskState.FAILED || !Outcome.isCancellationItself(thrown))) {
            FatalErrors.handle(task.scope, thrown);
        }
    }

    private static void runCallbacks(SupervisedTask<?> task, @Nullable WindowStack stack) {
        Callback newest = task.newestCallback();
        if (newest == null || newest == Callback.COMPLETED) {
            return;
        }
        for (Callback node = Callback.oldest(newest);; node = TaskState.assumeNonNull(node.newer)) {
            clearStatus(stack);
            task.call(node);
            if (node == newest) {
                return;
            }
        }
    }

    private static void report(SupervisedTask<?> task, @Nullable WindowStack stack) {
        FailureHandler handler = task.scope.settings.failureHandler();
        Throwable failure = task.failure();
        clearStatus(stack);
        if (failure != null && task.claimReport()) {
            try {
                handler.onFailure(task, failure);
            } catch (Throwable thrown) {
                FatalErrors.reportThrown("The failure handler", task, thrown);
            }
            FlightRecording.taskFailed(task, failure);
        }
    }

    static void clearStatus(@Nullable WindowStack stack) {
        if (stack == null) {
            Thread.interrupted();
        } else {
            stack.clearStatus();
        }
    }

    /** Counts the task out and frees its slot; returns the stripe that it has left. */
    static Stripe retire(SupervisedTask<?> task) {
        Segment segment = task.segment;
        @Nullable Object[] slots = segment.slots;   // before the count: decides Lincheck14_SlotsLetGo
        int slot = task.slot & TaskState.SLOT;
        if (task instanceof SupervisedTask.Permitted<?> holder && holder.permit) {
            Permits.FREE.getAndAdd(task.scope.permits(), 1);
            holder.permit = false;   // no call between the two (OwnFramesTest)
        }
        if (task.phase() <= TaskState.SUCCEEDED) {
            segment.stripe.exit();
        } else {
            segment.stripe.exitOtherwise();
        }
        slots[slot] = null;   // no call between the two: decides Race14b_EndForgets, Race15e_SlotReuse
        if (segment.vacancy != Segment.VACANT) {   // a hint for spawners
            segment.vacancy = Segment.VACANT;
        }
        return segment.stripe;
    }
}
