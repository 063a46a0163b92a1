package dev.supervisor;

import java.io.Serial;

/**
 * Thrown by the exit of a supervisor whose {@linkplain Supervisor.Builder#deadline deadline} has passed while it was
 * open (S5). Every task has ended by then. Which supervisor it was, {@link Supervisor#isDeadlineExceeded()} tells.
 */
public class DeadlineExceededException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message which supervisor, and what its deadline was
     */
    public DeadlineExceededException(String message) {
        super(message);
    }
}
