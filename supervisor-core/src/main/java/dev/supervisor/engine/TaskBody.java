package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.TaskDecorator;
import dev.supervisor.threads.Launchable;
import dev.supervisor.threads.Launcher;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A task as the Runnable that executors are given: it opens the window of the task, and runs the body in it, once. */
abstract class TaskBody extends ObservedTask implements Launchable {

    /*
     * What an interrupt status means, in the order of time:
     *
     *   found      before RUNNING: the status belongs to the code that runs the thread. Set aside, and restored after
     *              all else; not touched if the task runs inside of its spawn, or of another task (WindowStack), or on
     *              a pool that is stopping, whose interrupt is meant for whatever it runs
     *   body       RUNNING: interrupts are for the task. The window is closed by end(); a status that was delivered to
     *              this task is cleared then
     *   completed  the outcome is published, and observers are notified (Completion); callbacks start with a clear
     *              status, and what was set in between is set again after
     *   retired    removed from the live set; the supervisor holds nothing of it
     *
     * The order is the contract's: a get may return before callbacks have run (E4), no join may. What user code throws
     * on the way is caught where it is called. What remains is a stack that runs out in our own frames: the thread that
     * catches that marks the task UNFINISHED, for others to complete (Completion).
     *
     * The stack of a virtual thread that waits in its body lies on the heap, and the frame of run() with it. So that
     * frame keeps the task and one word. What goes before the body, or follows it, has frames of its own.
     */
    TaskBody(Scope scope, Object body, @Nullable Callback observer) {
        super(scope, body, observer);
    }

    /** Wraps the body; before the task is published. */
    void decorate(@Nullable TaskDecorator outer, @Nullable TaskDecorator inner) {
        setPlainBody(new DecoratedBody(self(), plainBody(), outer, inner));
    }

    /** Records when the body starts and ends, and tells the observer; before the body is decorated. */
    final RecordedBody record() {
        RecordedBody recorded = new RecordedBody(self(), plainBody());
        setPlainBody(recorded);
        registerFirst(recorded);
        return recorded;
    }

    /** This, as others know it. */
    private SupervisedTask<?> self() {
        return (SupervisedTask<?>) this;
    }

    /** Runs the body once and completes the task; called by executors. It throws nothing, unless the stack runs out. */
    @Override
    public final void run() {
        WindowStack stack = null;
        boolean mine = false;
        try {
            stack = spawnersStack();
            pushNested(stack);
            mine = claim(stack != null ? RUNNING : STARTING);
            if (mine) {
                if (stack != null || startIn(stack = enter())) {
                    Object body = null;
                    Object result = null;
                    Throwable thrown = null;
                    try {
                        result = callBody(plainBody());
                    } catch (Throwable failure) {
                        if ((state & PHASE) >= SUCCEEDED) {   // inside of a decorator; we were cut off after that
                            throw SupervisedTask.<RuntimeException>sneakyThrow(failure);
                        }
                        body = payload;
                        payload = result = thrown = failure;   // so that it is kept if we are cut off
                    }
                    publish(body, result, thrown, stack);
                }
                complete(stack);
            }
            exit(stack);
        } catch (Throwable overflow) {   // see Completion: no call before the mark
            if (mine) {
                @Nullable Object[] slots = segment.slots;   // null if that is over
                if (slots != null && slots[slot & SLOT] == this) {
                    payload = (state & PHASE) < SUCCEEDED && !(payload instanceof Throwable) ? overflow : payload;
                    thread = UNFINISHED;
                }
                scope.unfinished = true;   // also if only the end is still to be brought about
            }
            exit(stack);
            Abort.recover(scope);
            throw overflow;
        }
    }

    // ---- The window

    /** The stack of the current thread if it is in the spawn of this task, where it has noted itself; else null. */
    private @Nullable WindowStack spawnersStack() {
        return plainThread() instanceof WindowStack noted && noted.thread == Thread.currentThread() ? noted : null;
    }

    private void pushNested(@Nullable WindowStack stack) {
        if (stack != null) {
            stack.pushNested(self());
        }
    }

    /** Opens the window, unless the task is alone on a thread that was made for it: then null. */
    private @Nullable WindowStack enter() {
        Launcher launcher = scope.settings.launcher();
        if (launcher.alone) {
            return null;
        }
        WindowStack stack = Chain.stack();
        stack.pushBody(self(), launcher);
        return stack;
    }

    /** Takes the claimed task to RUNNING, in this window or, if that is null, alone on the current thread. */
    private boolean startIn(@Nullable WindowStack stack) {
        return start(stack != null ? stack : Thread.currentThread());
    }

    /** Closes the window, if it was not closed. */
    private void exit(@Nullable WindowStack stack) {
        if (stack != null) {
            stack.pop(this);
        }
    }

    // ---- The end

    /** Publishes the outcome of a body that has returned or thrown, unless that was done inside of the decorator. */
    private void publish(@Nullable Object body, @Nullable Object result, @Nullable Throwable thrown,
            @Nullable WindowStack stack) {
        if (isDone()) {
            return;
        }
        boolean nested = stack != null && stack.endBody(self());
        boolean endedByInterrupt = false;
        int phase = SUCCEEDED;
        int phaseIfRequested = SUCCEEDED;
        if (thrown != null) {
            phase = phaseIfRequested = FAILED;
            try {
                Thread me = Thread.currentThread();
                boolean thrownByBody = !(body instanceof DecoratedBody decorated) || decorated.hasBodyFailed();
                phase = thrownByBody && Outcome.isSelfCancellation(thrown, self()) ? CANCELLED : FAILED;
                phaseIfRequested = Outcome.isCancellation(thrown, me) ? CANCELLED : phase;
                endedByInterrupt = nested && Outcome.isByInterrupt(thrown, me);
            } catch (Throwable broken) {
                Uncaught.report("Looking into the failure", this, broken);
            }
        }
        if (end(result, phase, phaseIfRequested)) {
            Thread.interrupted();   // it was meant for this task: decides Race09_InterruptHygiene
        } else if (endedByInterrupt && stack != null) {
            stack.restoreAtEnd();   // it was not
        }
    }

    /** Publishes the outcome inside of the decorator, and notifies observers there (E10). */
    final void publishDecorated(@Nullable Object result, @Nullable Throwable thrown) {
        WindowStack stack = scope.settings.launcher().alone ? null : (WindowStack) plainThread();
        publish(null, thrown == null ? result : thrown, thrown, stack);
        Completion.announce(self(), stack);
    }

    /** Completes the task, which the current thread has run or dropped. */
    private void complete(@Nullable WindowStack stack) {
        WindowStack made = stack == null && plainThread() instanceof WindowStack since ? since : null;
        Completion.complete(self(), stack);
        exit(made);
    }

    /** On a virtual thread of ours its task is its handler (Chain): what no code has caught goes on as usual. */
    @Override
    public final void uncaughtException(Thread of, Throwable thrown) {
        Chain.passOn(of, thrown);
    }

    /** Calls a body of any of the three kinds. */
    static @Nullable Object callBody(Object body) throws Exception {
        if (body instanceof Callable<?> callable) {
            return callable.call();
        }
        if (body instanceof Action action) {
            action.run();
        } else {
            ((Runnable) body).run();
        }
        return null;
    }
}
