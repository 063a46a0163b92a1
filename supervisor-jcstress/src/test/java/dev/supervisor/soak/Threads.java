package dev.supervisor.soak;

/** What runs the tasks of a supervisor. */
enum Threads {
    /** Virtual threads on JDK 21 and later, the shared pool before. */
    DEFAULT,
    /** Four pooled threads. */
    FIXED,
    /** {@code ForkJoinPool.commonPool()}. */
    COMMON,
    /** A {@code ForkJoinPool} of two workers, 16 at most. */
    BOUNDED,
    /** A new platform thread for each task; at times the factory throws, or gives none. */
    FACTORY,
    /** The spawning thread. */
    CALLER,
    /** Two threads that take tasks from a queue, some time. */
    LATE,
    /** Refuses in all the ways there are, runs tasks in the caller, twice, or on an interrupted thread. */
    CHAOTIC;

    /** Whether a body may run inside of the spawn. */
    boolean mayRunInline() {
        return this == CALLER || this == CHAOTIC;
    }

    /** Whether a supervisor on these threads gets on although the thread of its owner comes from a pool, too. */
    boolean isForNests() {
        return this == DEFAULT || this == FACTORY || this == COMMON || this == CALLER;
    }
}
