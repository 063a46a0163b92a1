package dev.supervisor.soak;

import java.util.SplittableRandom;

/** What runs the tasks of a nested supervisor. */
enum NestingThreads {
    /** The default: our virtual threads on JDK 21 and later, the shared pool before. */
    OURS,
    /** Virtual threads of somebody else's executor; a pool before JDK 21. */
    FOREIGN_VIRTUAL,
    /** A pool whose threads are used again and again. */
    POOL,
    /** A {@code ForkJoinPool}, whose workers help in {@code join} and {@code helpQuiesce}. */
    FORK_JOIN,
    /** The spawning thread, inside of the spawn. */
    CALLER,
    /** The spawning thread, one after the other. */
    TRAMPOLINE,
    /** Nobody: all are cancelled before their start. */
    NOBODY;

    /** Whether nobody waits for a task here but whoever can be interrupted: so it may wait until it is told. */
    boolean mayBePatient() {
        return this == OURS || this == FOREIGN_VIRTUAL || this == POOL;
    }

    /** Any but NOBODY. */
    static NestingThreads pick(SplittableRandom random) {
        return values()[random.nextInt(values().length - 1)];
    }

    static NestingThreads pickPatient(SplittableRandom random) {
        return values()[random.nextInt(POOL.ordinal() + 1)];
    }
}
