package dev.supervisor.docs;

/**
 * Says no to a request. A refusal is an answer like any other, and nobody's failure: it never leaves the task, and
 * carries no stack trace because nobody would read it.
 */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final Status status;

    Refusal(Status status, String why) {
        super(why, null, false, false);
        this.status = status;
    }

    Status status() {
        return status;
    }

    /** The answer that tells the client. */
    Response response() {
        return Response.of(status, Content.text(status + ": " + getMessage() + "\n"));
    }
}
