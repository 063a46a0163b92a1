package dev.supervisor.engine;

import java.util.concurrent.RejectedExecutionException;

/**
 * The refusal of a supervisor that shuts down. It has a class of its own so that a task whose body throws it can be
 * known to have ended by its cancellation (E3). Users catch a {@link RejectedExecutionException}.
 */
final class ShuttingDownException extends RejectedExecutionException {

    private static final long serialVersionUID = 1L;

    ShuttingDownException(String message) {
        super(message);
    }
}
