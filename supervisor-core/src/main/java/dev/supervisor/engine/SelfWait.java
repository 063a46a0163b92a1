package dev.supervisor.engine;

import java.util.NoSuchElementException;

/** What is refused inside of a task: to wait for what ends only after the wait (C8). */
final class SelfWait {

    private SelfWait() { }

    /** Refuses to wait for the end of a supervisor inside of one of its tasks. */
    static void ensureNotInside(Scope scope, String operation) {
        Owner owner = scope.owner;
        if (scope.census.isFinished()) {
            return;
        }
        ChildTask own = ChildTask.ownedByCurrentThread(scope);
        if (own != null) {
            throw new IllegalStateException(operation + "() of " + scope + " by the owner of its open child "
                    + own.child + " would wait for the child and never return; join or close the child first");
        }
        if (owner != null && owner.isCurrent() && !owner.mayBeInTask()) {
            return;
        }
        SupervisedTask<?> task = Inside.of(scope);
        if (task != null) {
            throw new IllegalStateException(operation + "() of " + scope + " inside of its own task "
                    + task.name() + " would wait for that task and never return; use abort(), which does not wait");
        }
    }

    /** Refuses to wait for a task, which is not done, inside of it. */
    static void ensureNotInside(SupervisedTask<?> task) {
        if (Inside.of(task)) {
            throw new IllegalStateException(task.describe()
                    + " waits for its own end, which would never come; let its body return instead, after an abort()"
                    + " if every task is to end");
        }
    }

    /** Refuses to wait for a finished task if none is pending, or only tasks that the current thread is inside of. */
    static void ensureOthersPending(CompletionQueue<?> completions) {
        long pending = completions.pending();
        if (pending == 0) {
            throw new NoSuchElementException("Every task that was spawned through these completions of "
                    + completions.supervisor() + " has been handed over; spawn before you take");
        }
        if (pending <= Inside.count(completions)) {
            throw new IllegalStateException("All that is pending in these completions of " + completions.supervisor()
                    + " are tasks around the calling thread, which would wait for itself; let them return, after an"
                    + " abort() if every task is to end");
        }
    }
}
