package dev.supervisor.docs.remote;

/** A body has thrown on a member. The message says what; the class of that need not be known here. */
public final class RemoteFailureException extends Exception {

    private static final long serialVersionUID = 1L;

    RemoteFailureException(String thrown) {
        super(thrown);
    }
}
