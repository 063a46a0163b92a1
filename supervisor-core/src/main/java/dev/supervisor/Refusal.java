package dev.supervisor;

/**
 * Why a spawn was refused (A3): what its exception says, for those who count (O1).
 *
 * @see SupervisorStats#refused(Refusal)
 */
public enum Refusal {
    /** The supervisor was sealed. */
    SEALED,
    /** The supervisor drains, and the spawn was not inside of a live task (S1). */
    DRAINING,
    /** The supervisor was aborted; also if the abort came while the spawn was under way. */
    SHUTTING_DOWN,
    /** There were as many tasks as there may be (S9); also if {@code trySpawn} has returned null for that. */
    FULL,
    /** A {@code join}, {@code close} or {@code run} has ended, or no task is live any more while a thread waits. */
    FINISHED,
    /** The executor, or the start of a thread, has thrown, and the body had not begun (A6). */
    EXECUTOR
}
