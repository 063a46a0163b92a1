package dev.supervisor.engine;

import dev.supervisor.threads.Launchable;
import dev.supervisor.threads.Launcher;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A graceful stop (S1): no new work from outside, an end to what is live, and a shutdown when the grace is over. */
final class Drain implements Launchable {

    /*
     * A spawn against a drain: a stranger that has read the state before DRAINING was set may still enter, as if it had
     * come before. Its task's hooks run all the same: the spawner reads the state once more after its task lies in the
     * live set, and the drain visits that after it has set DRAINING (Dekker, as in Lifecycle). (Race25b_StrangerDrain,
     * Race25c_ChildOfLiveTask.)
     *
     * Each thread that drains visits the hooks, and waits for its own grace. `drainEnd` is the earliest end of all: no
     * thread waits longer. Whoever comes to its end first shuts down, which ends all waits.
     */
    private final Scope scope;

    private Drain(Scope scope) {
        this.scope = scope;
    }

    static boolean drain(Scope scope, Duration grace) {
        SelfWait.ensureNotInside(scope, "drain");
        long end = Deadlines.after(Options.nanos(grace));
        boolean interrupted = Thread.interrupted();
        try {
            try {
                begin(scope, end);
                if (!scope.census.isFinished()) {
                    Abort.recover(scope);   // perhaps the thread that ran the last task was cut off
                    new Drain(scope).start();
                    if (!interrupted) {
                        awaitFinished(scope);
                    }
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
            return end(scope);
        } finally {
            if (interrupted) {
                WindowStack.setStatusAgain();
            }
        }
    }

    /** The wait is over; returns whether all is, without an abort. */
    private static boolean end(Scope scope) {
        boolean finished = scope.census.isFinished() && !scope.lifecycle.isAborting();
        if (finished) {
            scope.onRetired();
            if (scope.owner != null && !scope.owner.isCurrent()) {
                scope.owner.interrupt();
            }
        } else {
            Exit.shutdown(scope);
        }
        return finished;
    }

    /** Begins a drain and runs its hooks, on the current thread; does not wait. */
    static void beginWithHooks(Scope scope, long end) {
        begin(scope, end);
        runHooks(scope);
    }

    /** Admits no more strangers, here and in all children; the clock runs until this end at the latest. */
    static void begin(Scope scope, long end) {
        scope.extras().lowerDrainEnd(end);
        scope.lifecycle.markDraining();
        scope.census.endAdmission();
        scope.wakeSpawners();
        ChildTask.forEach(scope, ChildTask.DRAIN);
        scope.onRetired();
    }

    /** Waits until all is over, or the earliest grace. */
    private static void awaitFinished(Scope scope) throws InterruptedException {
        if (!scope.census.spin()) {
            new LongWait(scope, "drain").await(scope.extras().drainEnd);
        }
    }

    // ---- The thread that runs the hooks

    /** Starts it; the hooks run on the current thread if there can be no other. */
    private void start() {
        try {
            Launcher.ofDefault(scope.settings.name()).launch(this);
        } catch (Throwable noThread) {
            run();
        }
    }

    @Override
    public void run() {
        runHooks(scope);
    }

    /** Runs the drain hooks of all live tasks, and of those of children. */
    static void runHooks(Scope scope) {
        scope.census.forEach(Hooks.OF_DRAIN);
        ChildTask.forEach(scope, ChildTask.DRAIN_HOOKS);
    }

    @Override
    public String describe() {
        return "The drain of " + scope;
    }

    @Override
    public @Nullable String threadName() {
        return scope.name() + "/drain";
    }

    @Override
    public void uncaughtException(Thread of, Throwable thrown) {
        Chain.passOn(of, thrown);
    }
}
