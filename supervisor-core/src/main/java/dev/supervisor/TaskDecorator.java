package dev.supervisor;

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
}
