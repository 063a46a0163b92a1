package dev.supervisor.engine;

import org.jspecify.annotations.Nullable;

/**
 * A task in which a supervisor was opened, as that supervisor and its tasks know it. The task's window clears it at its
 * end, so that it keeps nothing of the task.
 */
final class Ancestor {

    /** Written by the task's thread; read by threads that ask whether they are inside of it. */
    volatile @Nullable SupervisedTask<?> task;
    /** The next task around on the same thread. */
    final @Nullable Ancestor around;

    Ancestor(SupervisedTask<?> task, @Nullable Ancestor around) {
        this.task = task;
        this.around = around;
    }
}
