package dev.supervisor;

import org.jspecify.annotations.Nullable;

/** The whole life of a supervisor as one call: {@code run} and {@code call}, clause C5. */
final class Block {

    private Block() { }

    @SuppressWarnings("NullAway")   // the result is null only if the block has returned null
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
                || thrown != null && (settings.bodyFailure() == BodyFailure.ABORT || supervisor.failures.isFatal(thrown));
        InterruptedException interrupt = supervisor.awaitEnd(abort)
                ? new InterruptedException("Interrupted while waiting for the tasks of " + supervisor + ", which were cancelled")
                : null;
        Throwable fatal = supervisor.exited();
        if (fatal != null) {
            throwing(supervisor.failures.unchecked(fatal), fatal == thrown ? null : thrown, interrupt);
        }
        if (thrown != null) {
            throwing(thrown, null, interrupt);
        }
        if (interrupt != null) {
            throw interrupt;
        }
        return result;
    }

    /** Fatal error before the body's exception before the interrupt: what loses is suppressed, and an interrupt is set again besides. */
    private static void throwing(Throwable winner, @Nullable Throwable body, @Nullable InterruptedException interrupt) {
        if (body != null) {
            winner.addSuppressed(body);
        }
        if (interrupt != null) {
            winner.addSuppressed(interrupt);
            Thread.currentThread().interrupt();
        }
        throw SupervisedTask.<RuntimeException>throwAny(winner);
    }
}
