package dev.supervisor;

/**
 * Told of what becomes of the tasks of a supervisor, for metrics and logs of one's own (O4). Each method does nothing
 * unless it is overridden.
 *
 * <p>The events of a task come in this order, each at most once:
 * <ol>
 * <li>{@link #accepted accepted}, on the spawning thread, before the executor is asked
 * <li>{@link #started started}, on the thread that runs the body, unless the task never starts
 * <li>{@link #ended ended}, once for each task that was accepted, before the task's callbacks
 * </ol>
 * A spawn that is refused is {@link #refused refused}. If its task had been accepted before the executor, or an abort,
 * undid the spawn, it has its {@code ended}, too.
 *
 * <p>The methods are called by many threads at once, and should return soon: the spawn, the body or the end of the task
 * waits for them. All but {@code accepted} and {@code refused} run inside of the {@linkplain TaskDecorator decorator},
 * where callbacks do. Each is called with the interrupt status clear, which is restored then; no interrupt of the task is
 * lost to {@code started}. What a method throws is reported as what a callback throws is (E4, C7), and changes nothing.
 *
 * @see Supervisor.Builder#observer(TaskObserver)
 */
public interface TaskObserver {

    /**
     * A task was accepted. The supervisor counts it already; no thread has been asked to run it. Its spawn can still be
     * undone: then {@code ended} follows.
     *
     * @param task the task
     */
    default void accepted(Task<?> task) { }

    /**
     * The body is about to begin; for a task of {@code spawnAsync} its start. Not called for a child (S12), which nothing
     * runs.
     *
     * @param task the task
     */
    default void started(Task<?> task) { }

    /**
     * A task has ended, with the outcome that its {@link Task#status() status} tells; a spawn that was undone ends as
     * {@link Task.Status#CANCELLED CANCELLED}. The task is live until this method and its callbacks have returned, but
     * for one that was dropped while its spawn was in {@code accepted}: then the spawning thread calls this, and the task
     * may have retired.
     *
     * @param task the task
     * @param queuedNanos the nanoseconds from the spawn to the start, or to the end of a task that never started
     * @param ranNanos the nanoseconds from the start to the end of the body, or of the stage of {@code spawnAsync}; 0 if
     *     the task never started
     */
    default void ended(Task<?> task, long queuedNanos, long ranNanos) { }

    /**
     * A spawn was refused, or undone, and is about to throw; or {@code trySpawn} is about to return null.
     *
     * @param supervisor the supervisor
     * @param reason the reason
     */
    default void refused(Supervisor supervisor, Refusal reason) { }
}
