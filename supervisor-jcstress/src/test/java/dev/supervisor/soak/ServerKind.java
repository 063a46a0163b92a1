package dev.supervisor.soak;

import java.util.SplittableRandom;

/** What a task of a server does. */
enum ServerKind {
    QUICK, SLEEP, FAIL, SPAWN, SHIELD, SHIELD_BRIEFLY,
    /** Ends by its own limit: by the interrupt, or after it as if nothing had been. */
    OVERRUN, RETURN_LATE,
    /** Waits for its drain hook, or for a request. */
    LISTEN,
    /** Waits for a request; only where one is sure to come. */
    WAIT_UNTIL_TOLD,
    /** Opens a child of its supervisor. */
    CHILD,
    STAGE_COMPLETED, STAGE_LATER, STAGE_FAILED, STAGE_CANCELLED, STAGE_MINIMAL, STAGE_NONE, STAGE_THROWS,
    /** A stage that nobody completes: its own limit ends it, or a request that is sure to come. */
    STAGE_NEVER,
    /** Of a view. */
    SUBMIT, SUBMIT_FAIL, EXECUTE, INVOKE;

    boolean isAsync() {
        return ordinal() >= STAGE_COMPLETED.ordinal() && ordinal() <= STAGE_NEVER.ordinal();
    }

    boolean isOfView() {
        return ordinal() >= SUBMIT.ordinal();
    }

    /** Whether it needs a limit that passes soon. */
    boolean needsLimit() {
        return this == OVERRUN || this == RETURN_LATE || this == STAGE_NEVER;
    }

    /** Whether it may hold its thread for long. */
    boolean blocks() {
        return this == OVERRUN || this == RETURN_LATE || this == LISTEN || this == WAIT_UNTIL_TOLD || this == CHILD;
    }

    /**
     * Picks one that ends in this server.
     *
     * @param depth how deep children may still be opened
     */
    static ServerKind pick(SplittableRandom random, ServerUnderTest server, int depth) {
        int dice = random.nextInt(100);
        ServerKind kind = dice < 25 ? QUICK : dice < 30 ? SLEEP : dice < 36 ? FAIL : dice < 42 ? SPAWN
                : dice < 46 ? SHIELD : dice < 49 ? SHIELD_BRIEFLY : dice < 53 ? OVERRUN : dice < 56 ? RETURN_LATE
                : dice < 59 ? LISTEN : dice < 63 ? WAIT_UNTIL_TOLD : dice < 66 ? CHILD
                : dice < 72 ? STAGE_COMPLETED : dice < 82 ? STAGE_LATER : dice < 86 ? STAGE_FAILED
                : dice < 89 ? STAGE_CANCELLED : dice < 92 ? STAGE_MINIMAL : dice < 93 ? STAGE_NONE
                : dice < 94 ? STAGE_THROWS : STAGE_NEVER;
        boolean fair = (kind != LISTEN || server.drains || server.tells)
                && (kind != WAIT_UNTIL_TOLD || server.tells)
                && (kind != CHILD || depth > 0)
                && (!kind.blocks() || server.mayBlock());
        return fair ? kind : QUICK;
    }
}
