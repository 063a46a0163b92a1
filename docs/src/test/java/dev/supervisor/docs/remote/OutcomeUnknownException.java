package dev.supervisor.docs.remote;

import org.jspecify.annotations.Nullable;

/** No answer has come, and none will. The body may have ended, may run, may yet begin, or may never do so. */
public final class OutcomeUnknownException extends Exception {

    private static final long serialVersionUID = 1L;

    OutcomeUnknownException(String why, @Nullable Throwable cause) {
        super("whether the body has run is not known: " + why, cause);
    }
}
