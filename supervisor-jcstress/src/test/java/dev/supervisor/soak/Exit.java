package dev.supervisor.soak;

/** How the owner of a short scope leaves it. */
enum Exit {
    JOIN(false, false),
    JOIN_AMONG_MEDDLERS(false, true),
    JOIN_INTERRUPTED(false, false),
    SEAL_AND_JOIN(false, false),
    CLOSE(true, false),
    THROW_OUT(true, false),
    ABORT_BY_STRANGER(true, false),
    SHUT_DOWN_BY_STRANGER(true, false),
    FATAL(true, true),
    UNOWNED_JOINERS(false, false),
    UNOWNED_CLOSERS(true, false),
    RUN(false, false),
    CALL(false, false),
    RUN_INTERRUPTED(true, false),
    RUN_THROWS_AND_WAITS(false, false),
    RUN_THROWS_AND_ABORTS(true, false);

    /** Every task is told to cancel, however it goes. */
    final boolean tells;
    /** Actors abort, seal and shut down, and tasks fail fatally. */
    final boolean meddled;

    Exit(boolean tells, boolean meddled) {
        this.tells = tells;
        this.meddled = meddled;
    }
}
