package dev.supervisor;

import java.util.Objects;

/**
 * Wraps each task, to carry context from the spawning thread to the thread that runs the task (E10): the counterpart of
 * the {@code context=} argument of the model. MDC entries, security contexts and scoped values travel this way. The
 * body, its callbacks and its failure report run inside of the wrapping, so all of them see the context.
 *
 * <p>{@code decorate} runs on the spawning thread, before the executor is asked; if it throws or returns {@code null},
 * the spawn throws and leaves nothing behind (A6). It is not called for a spawn that is already refused. What it
 * returns runs in the thread of the task and has to call the given {@code task} once, there. The given task never
 * throws. When it returns, the outcome is published, and callbacks and the failure handler have been called; the task
 * is live until the decorated runnable returns. What that runnable throws after the call is reported as what a callback
 * throws is, and changes nothing. If it throws before the call, or returns without it, the task ends as {@link
 * Task.Status#FAILED FAILED}.
 *
 * <p>A callback that is registered when the task is done runs without the wrapping, and so do the callbacks of a task
 * that never started.
 *
 * @see Supervisor.Builder#decorator(TaskDecorator)
 */
@FunctionalInterface
public interface TaskDecorator {

    /**
     * Wraps one task.
     *
     * @param task what to wrap; calls after the first are ignored, calls from another thread than the one that runs
     *     the decorated task throw {@link IllegalStateException}
     * @return what the task runs instead; not {@code null}
     */
    Runnable decorate(Runnable task);

    /**
     * Puts another decorator inside of this one. On the thread of the task this one is the outermost: it begins before
     * {@code inner} begins, and ends after {@code inner} has ended. So {@code inner} finds the context that this one
     * has set. On the spawning thread {@code inner} is called first, and this one is given what it returned.
     *
     * <p>{@code a.andThen(b).andThen(c)} nests in the order in which it is read. The decorators of a supervisor and of a
     * spec nest likewise: that of the supervisor is the outermost.
     *
     * @param inner wraps the task; if it returns {@code null}, the spawn throws, as for any decorator
     * @return both, as one decorator
     */
    default TaskDecorator andThen(TaskDecorator inner) {
        Objects.requireNonNull(inner, "inner");
        return task -> decorate(Objects.requireNonNull(inner.decorate(task), "The inner decorator has returned null"));
    }
}
