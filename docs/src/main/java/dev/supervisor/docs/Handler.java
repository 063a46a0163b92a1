package dev.supervisor.docs;

/** Makes an answer to a request. */
@FunctionalInterface
interface Handler {

    /**
     * Answers one request, on the thread of its connection's task. What it throws besides the two exceptions below is
     * a failure: the client is told so, and the task fails with it.
     *
     * @return the answer, which the caller sends and closes
     * @throws Refusal if the client is to be told no
     * @throws InterruptedException if the task is cancelled
     */
    Response handle(Request request) throws Refusal, InterruptedException;
}
