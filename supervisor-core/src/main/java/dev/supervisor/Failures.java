package dev.supervisor;

import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a supervisor does with what tasks, callbacks and handlers throw (E5, C7). */
final class Failures {

    private final Supervisor supervisor;
    private final Settings settings;
    private final FatalSlot fatal = new FatalSlot();

    Failures(Supervisor supervisor, Settings settings) {
        this.supervisor = supervisor;
        this.settings = settings;
    }

    /** Reports what foreign code around a task has thrown, and acts on it if it is fatal. */
    void reportThrown(String culprit, SupervisedTask<?> task, Throwable thrown) {
        consider(thrown);
        Uncaught.report(culprit, task, thrown);
    }

    /** If fatal: keeps the error for the exit, aborts, and interrupts the owner's body. */
    void consider(Throwable thrown) {
        if (isFatal(thrown)) {
            if (!fatal.keep(thrown)) {
                Uncaught.handOver(thrown);
            }
            try {
                Exit.abort(supervisor, true);
            } catch (Throwable cut) {
                supervisor.stranded = true;   // see Rescue
                Uncaught.report("abort()", supervisor, cut);
            }
        }
    }

    /** Aborts once more if a fatal error is kept, whose abort may have been cut off. */
    void abortIfFatal() {
        if (fatal.isKeeping()) {
            Exit.abort(supervisor, true);
        }
    }

    boolean isFatal(Throwable thrown) {
        Predicate<? super Throwable> fatalIf = settings.fatalIf();
        try {
            return fatalIf.test(thrown);
        } catch (Throwable broken) {
            Uncaught.report("The fatalIf predicate", supervisor, broken);
            return false;
        }
    }

    /** A task has gone. If it was the last and the owner is dead, nobody is left to throw a fatal error. */
    void taskGone() {
        Owner owner = supervisor.owner;
        if (fatal.isKeeping() && owner != null && owner.isDead() && supervisor.census.isFinished()) {
            handOver();
        }
    }

    /**
     * A shutdown has ended.
     *
     * @param alone whether nobody joins or closes, or has done so
     */
    void shutDown(boolean alone) {
        if (supervisor.owner != null ? supervisor.owner.isDead() : alone) {
            handOver();
        }
    }

    /** The exit is being made: returns the fatal error that it has to throw, or null. */
    @Nullable Throwable exited() {
        Throwable error = fatal.take();
        if (settings.failureHandler() == FailureLog.INSTANCE) {
            try {
                FailureLog.INSTANCE.flush();
            } catch (Throwable thrown) {
                Uncaught.report("The logger", supervisor, thrown);
            }
        }
        return error;
    }

    /** The error itself, or an unchecked exception around it if it is a checked one. */
    Throwable unchecked(Throwable error) {
        return error instanceof Error || error instanceof RuntimeException
                ? error
                : new CompletionException("A task of " + supervisor + " has ended with a fatal error", error);
    }

    private void handOver() {
        Throwable error = fatal.take();
        if (error != null) {
            Uncaught.handOver(error);
        }
    }
}
