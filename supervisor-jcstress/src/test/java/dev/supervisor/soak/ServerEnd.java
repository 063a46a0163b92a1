package dev.supervisor.soak;

/** How a server ends. */
enum ServerEnd {
    JOIN(false), CLOSE(true), ABORT(true), SHUT_DOWN(true), DEADLINE(true),
    DRAIN(false), DRAIN_BY_STRANGER(false), DRAIN_OF_JOINER(false),
    DRAIN_BRIEFLY(true), TWO_DRAINS(true), DRAIN_INTERRUPTED(true),
    VIEW_CLOSE(false), VIEW_SHUTDOWN(false), VIEW_SHUTDOWN_NOW(true);

    /** Every task is asked to cancel, perhaps. */
    final boolean tells;

    ServerEnd(boolean tells) {
        this.tells = tells;
    }

    /** Whether drain hooks are sure to run, and no limit comes first. */
    boolean drains() {
        return this == DRAIN || this == DRAIN_BY_STRANGER || this == DRAIN_OF_JOINER;
    }
}
