package dev.supervisor.engine;

/** The time by which a {@link LongWait} waits. Tests have another one, in which hours pass at once. */
class WaitClock {

    /** What waits use that begin now. */
    static volatile WaitClock current = new WaitClock();

    /** As {@link Deadlines} counts time. */
    long now() {
        return Deadlines.now();
    }

    /**
     * Waits for the end of a supervisor.
     *
     * @param nanos the time in nanoseconds; if there is none, this method looks and returns
     * @return whether all is over
     */
    boolean await(Census census, long nanos) throws InterruptedException {
        return census.park(nanos) || census.isFinished();
    }
}
