package dev.supervisor;

import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a supervisor does with what tasks, callbacks and handlers throw (E5, C7). */
final class Failures {

    private Failures() { }

    /** Reports what foreign code around a task has thrown, and acts on it if it is fatal. */
    static void reportThrown(String culprit, SupervisedTask<?> task, Throwable thrown) {
        consider(task.supervisor, thrown);
        Uncaught.report(culprit, task, thrown);
    }

    /** If fatal: keeps the error for the exit, aborts, and interrupts the owner's body. */
    static void consider(Supervisor supervisor, Throwable thrown) {
        if (isFatal(supervisor, thrown)) {
            if (!supervisor.fatal.keep(thrown)) {
                Uncaught.handOver(thrown);
            }
            try {
                Exit.abort(supervisor, true);
            } catch (Throwable cut) {
                supervisor.stranded = true;   // see Rescue
                Uncaught.report("abort()", supervisor, cut);
            }
            taskGone(supervisor);   // perhaps none is left that could do that
        }
    }

    /** Aborts once more if a fatal error is kept, whose abort may have been cut off. */
    static void abortIfFatal(Supervisor supervisor) {
        if (supervisor.fatal.kept() != null) {
            Exit.abort(supervisor, true);
        }
    }

    static boolean isFatal(Supervisor supervisor, Throwable thrown) {
        Predicate<? super Throwable> fatalIf = supervisor.settings.fatalIf();
        try {
            return fatalIf.test(thrown);
        } catch (Throwable broken) {
            Uncaught.report("The fatalIf predicate", supervisor, broken);
            return false;
        }
    }

    /** A task has gone. If it was the last and the owner is dead, nobody is left to throw a fatal error. */
    static void taskGone(Supervisor supervisor) {
        Owner owner = supervisor.owner;
        if (supervisor.fatal.kept() != null && owner != null && owner.isDead() && supervisor.census.isFinished()) {
            handOver(supervisor);
        }
    }

    /** The exit is being made: returns the fatal error that it has to throw, or null; nobody else will throw it. */
    static @Nullable Throwable exited(Supervisor supervisor) {
        Throwable error = supervisor.fatal.take();
        if (supervisor.settings.failureHandler() == FailureLog.INSTANCE) {
            try {
                FailureLog.INSTANCE.flush();
            } catch (Throwable thrown) {
                Uncaught.report("The logger", supervisor, thrown);
            }
        }
        return error;
    }

    /** The error itself; if it is checked, an unchecked exception around it, as soon as there is memory for that. */
    static Throwable unchecked(Supervisor supervisor, Throwable error) {
        while (!(error instanceof Error || error instanceof RuntimeException)) {
            try {
                return new CompletionException("A task of " + supervisor + " has ended with a fatal error", error);
            } catch (OutOfMemoryError noMemory) {   // an exit does not end for want of it
                Exit.awaitMemory();
            }
        }
        return error;
    }

    /** Nobody is left who would exit, and throw a fatal error. */
    static void handOver(Supervisor supervisor) {
        Throwable error = supervisor.fatal.take();
        if (error != null) {
            Uncaught.handOver(error);
        }
    }
}
