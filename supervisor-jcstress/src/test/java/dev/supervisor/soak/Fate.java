package dev.supervisor.soak;

/** What can become of a cancellation that was sent to a task. */
enum Fate {
    /** The task's own code has felt it. */
    FELT,
    /** The task had ended, or has ended without another checkpoint. */
    ENDED,
    /** The body has never begun. */
    DROPPED,
    /** An inline task has swallowed it, for which it was pending already. */
    TAKEN_INLINE,
    /** None of these: a checkpoint that only an interrupt ends was reached, and none came. */
    LOST
}
