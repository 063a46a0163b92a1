package dev.supervisor;

/**
 * Wraps the body of each task, to carry context from the spawning thread to the thread that runs the task (E10): the
 * counterpart of the {@code context=} argument of the model. MDC entries, security contexts and scoped values travel
 * this way.
 *
 * <p>{@code decorate} runs on the spawning thread, before the executor is asked; if it throws or returns {@code null},
 * the spawn throws and leaves nothing behind (A6). It is not called for a spawn that is already refused. What it
 * returns runs in the thread of the task and has to call the given {@code task} once, there. The given task never
 * throws: the outcome of the body is recorded inside of it. The outcome becomes visible once the decorated runnable has
 * returned. If that runnable throws although the body succeeded, or returns without having called the task, the task
 * ends as {@link Task.Status#FAILED FAILED}. If the body has failed already, its failure stands and what the runnable
 * threw goes to the thread's uncaught-exception handler.
 *
 * @see Supervisor.Builder#decorator(TaskDecorator)
 */
@FunctionalInterface
public interface TaskDecorator {

    /**
     * Wraps one task.
     *
     * @param task the body to wrap; calls after the first are ignored, calls from another thread than the one that runs
     *     the decorated task throw {@link IllegalStateException}
     * @return what the task runs instead; not {@code null}
     */
    Runnable decorate(Runnable task);
}
