package dev.supervisor.jmh;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The question: what does supervision add to the price of a task? A scope is opened, 1,000 tasks are started in it, and
 * waited for; the score is the time per task. The {@linkplain Peers peers} come in families, one for each kind of
 * thread.
 */
@State(Scope.Thread)
public class SpawnJoin extends Timed {

    static final int TASKS = 1_000;

    /** How long a task works. */
    @Param({"0", "1", "100"})
    public int microseconds;

    private Work work;

    /** Makes the body. */
    @Setup
    public void setUp() {
        work = Work.ofMicroseconds(microseconds);
    }

    /**
     * One scope.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void scope(PeerParam by) throws Exception {
        by.scope(TASKS, work);
    }
}
