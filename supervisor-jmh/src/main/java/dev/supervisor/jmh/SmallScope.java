package dev.supervisor.jmh;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The question: is a scope cheap enough for one request? The score is the latency of the whole, from opening it to
 * having left it, for a scope without a task, with two, with ten, that do nothing.
 */
@State(Scope.Thread)
public class SmallScope extends Timed {

    /** How many tasks the scope has. */
    @Param({"0", "2", "10"})
    public int tasks;

    /**
     * One scope.
     *
     * @throws Exception never
     */
    @Benchmark
    public void scope(PeerParam by) throws Exception {
        by.scope(tasks, Work.NONE);
    }
}
