package dev.supervisor.jmh;

/** A way to run tasks in a scope: what a benchmark compares. */
interface Peer extends AutoCloseable {

    /**
     * Opens a scope.
     *
     * @param tasks how many will be started in it; a bare executor has to know, to wait for them by a latch
     */
    Scope open(int tasks);

    /** Gives back what the peer holds between scopes. */
    @Override
    default void close() { }

    /** Where tasks are started, by the thread that has opened it. */
    interface Scope {

        void start(Work work) throws Exception;

        /** Waits for all tasks, and leaves. */
        void leave() throws Exception;
    }
}
