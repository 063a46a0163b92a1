package dev.supervisor;

/** What {@code run} and {@code call} do with the live tasks when the block itself has thrown (C5). */
public enum BlockFailure {

    /** Wait for every live task, as after a normal end; then rethrow. The default, and the rule of the model. */
    WAIT,

    /** Abort: cancel every live task, wait for all of them; then rethrow. */
    ABORT
}
