package dev.supervisor;

import org.jspecify.annotations.Nullable;

/** The whole life of a supervisor as one call: {@code run} and {@code call}, clause C5. */
final class Block {

    private Block() { }

    static <R extends @Nullable Object, X extends Exception> R call(Settings settings, BodyFunction<R, X> body)
            throws X, InterruptedException {
        Supervisor supervisor = new Supervisor(settings);
        R result = null;
        Throwable thrown = null;
        try {
            result = body.call(supervisor);
        } catch (Throwable t) {
            thrown = t;
        }
        supervisor.leaveBody();
        boolean abort = thrown instanceof InterruptedException
                || thrown != null && (settings.bodyFailure() == BodyFailure.ABORT || supervisor.isFatal(thrown));
        boolean interrupted = supervisor.awaitEnd(abort);
        Throwable fatal = supervisor.exited();
        if (fatal == null && thrown == null) {
            if (interrupted) {
                throw new InterruptedException("Interrupted while waiting for the tasks of " + supervisor + ", which have been cancelled");
            }
            return result;
        }
        throw SupervisedTask.<RuntimeException>throwAny(strongest(supervisor, fatal, thrown, interrupted));
    }

    /** Fatal error before the body's exception before the interrupt; what loses is suppressed, and an interrupt is set again besides. */
    private static Throwable strongest(
            Supervisor supervisor, @Nullable Throwable fatal, @Nullable Throwable thrown, boolean interrupted) {
        Throwable winner = fatal == null ? thrown : Supervisor.unchecked(supervisor, fatal);
        if (thrown != null && thrown != fatal && thrown != winner) {
            winner.addSuppressed(thrown);
        }
        if (interrupted) {
            winner.addSuppressed(new InterruptedException("Interrupted while waiting for the tasks of " + supervisor));
            Thread.currentThread().interrupt();
        }
        return winner;
    }
}
