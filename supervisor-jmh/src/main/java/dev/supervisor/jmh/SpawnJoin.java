package dev.supervisor.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: what does supervision add to the price of a task? A scope is opened, 1,000 tasks are started in it, and
 * waited for; the score is the time per task. The {@linkplain Peers peers} come in families, one for each kind of
 * thread.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch", "--enable-preview"})
public class SpawnJoin {

    static final int TASKS = 1_000;

    /** Who is asked. */
    @Param({
        "thread.bare", "thread.supervised", "thread.execute", "thread.submit", "thread.structured",
        "thread.hashSet", "thread.cells", "thread.keySet",
        "common.bare", "common.supervised", "common.allOf", "kotlin",
        "fixed.bare", "fixed.supervised",
        "caller.bare", "caller.supervised", "caller.hashSet", "caller.cells", "caller.keySet"
    })
    public String peer;

    /** How long a task works. */
    @Param({"0", "1", "100"})
    public int microseconds;

    private Peer asked;
    private Work work;

    /** Looks up the peer. */
    @Setup
    public void setUp() {
        asked = Peers.of(peer);
        work = Work.ofMicroseconds(microseconds);
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
    @OperationsPerInvocation(TASKS)
    public void scope() throws Exception {
        Peer.Scope scope = asked.open(TASKS);
        for (int task = 0; task < TASKS; task++) {
            scope.start(work);
        }
        scope.leave();
    }
}
