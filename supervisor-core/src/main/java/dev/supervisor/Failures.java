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
                Sweep.abort(supervisor, true);
            } catch (Throwable cut) {
                supervisor.unfinished = true;   // whoever recovers aborts once more
                Uncaught.report("abort()", supervisor, cut);
            }
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

    /** Nothing is live any more. If the owner is dead, nobody is left to throw a fatal error. */
    static void finished(Supervisor supervisor) {
        if (supervisor.owner != null && supervisor.fatal.kept() != null && supervisor.owner.isDead()) {
            handOver(supervisor);
        }
    }

    /** An error that an exit can throw: itself, or if it is checked, an unchecked exception around it. */
    static Throwable unchecked(Supervisor supervisor, Throwable error) {
        return error instanceof Error || error instanceof RuntimeException ? error : wrapped(supervisor, error);
    }

    static CompletionException wrapped(Supervisor supervisor, Throwable error) {
        return new CompletionException("A task of " + supervisor + " has ended with a fatal error", error);
    }

    /** Nobody is left who would exit, and throw a fatal error. */
    static void handOver(Supervisor supervisor) {
        Throwable error = supervisor.fatal.kept();
        if (supervisor.fatal.take(error)) {
            if (error != null) {
                Uncaught.handOver(error);
            }
        } else if (!supervisor.fatal.isTaken()) {
            handOver(supervisor);   // it was kept just now
        }
    }

    /** An exit is made: the log says how many failures it has left out. */
    static void logLeftOut(Supervisor supervisor) {
        if (supervisor.settings.failureHandler() == FailureLog.INSTANCE) {
            FailureLog.INSTANCE.exited(supervisor);
        }
    }
}
