package dev.supervisor.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: is a scope cheap enough for one request? The score is the latency of the whole, from opening it to
 * having left it, for a scope without a task, with two, with ten, that do nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch", "--enable-preview"})
public class SmallScope {

    /** Who is asked. */
    @Param({
        "thread.bare", "thread.supervised", "thread.execute", "thread.submit", "thread.structured", "thread.hashSet",
        "common.bare", "common.supervised", "common.allOf", "kotlin"
    })
    public String peer;

    /** How many tasks the scope has. */
    @Param({"0", "2", "10"})
    public int tasks;

    private Peer asked;

    /** Looks up the peer. */
    @Setup
    public void setUp() {
        asked = Peers.of(peer);
    }

    /** Gives back the peer's threads. */
    @TearDown
    public void tearDown() {
        asked.close();
    }

    /**
     * One scope.
     *
     * @throws Exception never
     */
    @Benchmark
    public void scope() throws Exception {
        Peer.Scope scope = asked.open(tasks);
        for (int task = 0; task < tasks; task++) {
            scope.start(Work.NONE);
        }
        scope.leave();
    }
}
