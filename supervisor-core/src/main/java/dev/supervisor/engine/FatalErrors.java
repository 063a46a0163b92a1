package dev.supervisor.engine;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The fatal errors of a supervisor (C7): what is done when one comes, and the first one, which an exit throws. */
final class FatalErrors {

    /*
     * The slot `fatal` of a scope goes from empty to an error, by CAS, and from either to TAKEN, by CAS, for good. The
     * thread that sets TAKEN throws the error, or reports it: no other does. A thread that finds TAKEN reports its own
     * error itself. (Lincheck13_FatalSlotTest, Race13a_FatalFatal, Race13b_FatalKept.)
     */
    private static final Throwable TAKEN = new Throwable("taken", null, false, false) {
        private static final long serialVersionUID = 1L;
    };

    private static final VarHandle FATAL = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "fatal", VarHandle.class, Scope.class, Throwable.class);

    private FatalErrors() { }

    // ---- The slot

    /**
     * Keeps the error if it is the first.
     *
     * @return false if the slot has been taken: the caller has to report the error itself
     */
    static boolean keep(Scope scope, Throwable error) {
        ChildTask asTask = scope.asTask();
        Object present = FATAL.compareAndExchange(scope, null, error);   // decides Race13a_FatalFatal
        if (present == null && asTask != null) {   // no call after the exchange
            asTask.fatal = error;
        }
        return present != TAKEN;
    }

    /** The error, if one is kept. */
    static @Nullable Throwable kept(Scope scope) {
        Throwable error = scope.fatal;
        return error == TAKEN ? null : error;
    }

    /** Closes the slot if this is what it holds, an error or nothing: the caller throws it, and no other thread. */
    static boolean take(Scope scope, @Nullable Throwable kept) {
        return FATAL.compareAndSet(scope, kept, TAKEN);   // decides Lincheck13_FatalSlot
    }

    /** Whether a thread has closed the slot. */
    static boolean isTaken(Scope scope) {
        return scope.fatal == TAKEN;
    }

    // ---- When one comes

    /** Reports what a user's code around a task has thrown, and handles it if it is fatal. */
    static void reportThrown(String culprit, SupervisedTask<?> task, Throwable thrown) {
        handle(task.scope, thrown);
        Uncaught.report(culprit, task, thrown);
    }

    /** If fatal: keeps the error for the exit, aborts, and interrupts the owner's block. */
    static void handle(Scope scope, Throwable thrown) {
        if (isFatal(scope, thrown)) {
            if (!keep(scope, thrown)) {   // before the abort: decides Race13b_FatalKept
                Uncaught.reportToHandler(thrown);
            }
            try {
                Abort.abort(scope, true);
            } catch (Throwable overflow) {
                scope.unfinished = true;   // the thread that recovers aborts once more
                Uncaught.report("abort()", scope, overflow);
            }
        }
    }

    static boolean isFatal(Scope scope, Throwable thrown) {
        Predicate<? super Throwable> fatalIf = scope.settings.fatalIf();
        try {
            return fatalIf.test(thrown);
        } catch (Throwable broken) {
            Uncaught.report("The fatalIf predicate", scope, broken);
            return false;
        }
    }

    // ---- When it is over

    /** Nothing is live any more. If the owner is dead, no exit will throw a fatal error. */
    static void finished(Scope scope) {
        if (scope.owner != null && kept(scope) != null && scope.owner.isDead()) {
            reportToUncaughtHandler(scope);
        }
    }

    /** Takes the error and reports it, since no exit will throw it. */
    static void reportToUncaughtHandler(Scope scope) {
        Throwable error = kept(scope);
        if (take(scope, error)) {
            if (error != null) {
                Uncaught.reportToHandler(error);
            }
        } else if (!isTaken(scope)) {
            reportToUncaughtHandler(scope);   // it was kept just now
        }
    }

    /** An error that an exit can throw: itself, or if it is checked, an unchecked exception around it. */
    static Throwable unchecked(Scope scope, Throwable error) {
        return error instanceof Error || error instanceof RuntimeException ? error : wrapped(scope, error);
    }

    static CompletionException wrapped(Scope scope, Throwable error) {
        return new CompletionException("A task of " + scope + " has ended with a fatal error", error);
    }
}
