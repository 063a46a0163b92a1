package dev.supervisor.engine;

import dev.supervisor.Action;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs the hooks of tasks (S3): those of a request to cancel, and those of a drain. */
final class Hooks implements Consumer<SupervisedTask<?>> {

    /*
     * A hook lies in the task's list of observers, and is claimed there by exchange before it is run (Callback). One
     * that belongs to the task's spec is claimed by a flag in the task's word (Specified). So each runs at most once,
     * whoever comes.
     *
     * A thread that registers a hook sets HOOKED, pushes the node, then reads whether a request was made. A thread that
     * requests sets its flag, then reads HOOKED and the list. At least one of them sees the other (Dekker). A drain tells
     * the tasks of children, too: so who registers reads the flags of all supervisors around.
     * (Race24a_HookRequest, Race24b_HookDrain.)
     *
     * Who runs the hooks of a request: the thread that makes it, when all have been told; the thread that completes the
     * task, if it comes first; or the one that registers late.
     */

    /** To be given to a visit of all tasks. */
    static final Hooks OF_REQUESTS = new Hooks(false);
    static final Hooks OF_DRAIN = new Hooks(true);

    private final boolean forDrain;

    private Hooks(boolean forDrain) {
        this.forDrain = forDrain;
    }

    @Override
    public void accept(SupervisedTask<?> task) {
        if (forDrain) {
            drained(task);
        } else {
            requested(task);
        }
    }

    /** Registers a hook with a task, and runs it if it comes late. */
    static void register(SupervisedTask<?> task, Hook hook) {
        task.registerHook(hook);
        boolean late = hook.forDrain
                ? task.scope.runsDrainHooks()   // decides Race24b_HookDrain
                : task.isCancelRequested();   // decides Race24a_HookRequest
        if (late) {
            WindowStack stack = Chain.stack();
            stack.pushCallbacks(WindowStack.LATE_CALLBACK);
            try {
                run(hook, task, hook.forDrain);
            } finally {
                stack.pop(WindowStack.LATE_CALLBACK);
            }
        }
    }

    /** Runs the hooks of a request, if one was made, on a thread that does not complete the task. */
    static void requested(SupervisedTask<?> task) {
        if (task.isHooked() && task.isCancelRequested()) {
            inWindow(task, false);
        }
    }

    private static void drained(SupervisedTask<?> task) {
        if (task.isHooked()) {
            inWindow(task, true);
        }
    }

    private static void inWindow(SupervisedTask<?> task, boolean forDrain) {
        WindowStack stack = Chain.stack();
        stack.pushCallbacks(WindowStack.LATE_CALLBACK);
        try {
            runAll(task, forDrain, stack);
        } finally {
            stack.pop(WindowStack.LATE_CALLBACK);
        }
    }

    /**
     * Runs the hooks of one kind that no thread has claimed, in the order of their registration.
     *
     * @param stack in which a window for callbacks is open, or null if the task is alone on its thread
     */
    static void runAll(SupervisedTask<?> task, boolean forDrain, @Nullable WindowStack stack) {
        boolean found = false;
        if (task instanceof Specified<?> specified && specified.hook(forDrain) != null) {
            found = true;
            Completion.clearStatus(stack);
            run(null, specified, forDrain);
        }
        Deque<Hook> hooks = of(task, forDrain);
        for (Hook hook : hooks) {
            Completion.clearStatus(stack);
            run(hook, task, forDrain);
        }
        if (!forDrain) {
            task.onRequest(found || !hooks.isEmpty());
        }
    }

    /** All hooks of one kind in the task's list, claimed ones too, oldest first. */
    private static Deque<Hook> of(SupervisedTask<?> task, boolean forDrain) {
        Deque<Hook> hooks = new ArrayDeque<>();
        Callback newest = task.newestCallback();
        if (newest instanceof Followers followers) {
            collect(followers.later, forDrain, hooks);
            newest = followers.next;
        }
        collect(newest, forDrain, hooks);
        return hooks;
    }

    private static void collect(@Nullable Callback newest, boolean forDrain, Deque<Hook> hooks) {
        for (Callback node = newest; node != null; node = node.next) {
            if (node instanceof Hook hook && hook.forDrain == forDrain) {
                hooks.addFirst(hook);
            }
        }
    }

    /**
     * Runs a hook, or if that is null that of the spec, unless it was claimed; a drain's only while the task is not
     * done. No call follows the claim but it.
     */
    private static void run(@Nullable Hook hook, SupervisedTask<?> task, boolean forDrain) {
        if (forDrain && task.isDone()) {   // a hook before this one may have brought that about
            return;
        }
        Action claimed = hook != null ? hook.claimAction() : ((Specified<?>) task).claimHook(forDrain);
        if (claimed != null) {
            try {
                claimed.run();
            } catch (Throwable thrown) {
                FatalErrors.reportThrown(forDrain ? "A drain hook" : "A cancel hook", task, thrown);
            }
        }
    }
}
