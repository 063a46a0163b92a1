package dev.supervisor.docs;

/** How a request ended. Each one that has begun ends in exactly one of these ways. */
public enum Outcome {
    /** The client got what it asked for, whole. */
    SERVED,
    /** The client was told no: a bad request, a missing file, another method. */
    REFUSED,
    /** The handler threw. The client was told, and the connection's task failed. */
    FAILED,
    /** The server was stopped, and the grace period was over. */
    CANCELLED,
    /** The answer did not get through: the client went away, or the file shrank while it was sent. */
    DROPPED;

    static Outcome of(Status status) {
        return status.isServed() ? SERVED : REFUSED;
    }
}
