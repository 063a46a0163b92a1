package dev.supervisor.jmh;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The question: what does it cost to compose the results of tasks that belong to one operation, each on a thread of its
 * own? The peers are {@code Tasks}; {@code invokeAll} and {@code invokeAny} of a {@code
 * newVirtualThreadPerTaskExecutor}, which have no map; {@code StructuredTaskScope} with {@code
 * Gatherers.mapConcurrent}; and Kotlin's {@code awaitAll}, whose coroutines share the threads of a pool. The score is the
 * time of a whole call; tasks do nothing.
 */
@State(Scope.Thread)
public class Composing extends Timed {

    private static final int LIMIT = 8;
    private static final Integer ONE = 1;

    /** By whom. */
    @Param({"tasks", "invoke", "structured", "kotlin"})
    public String by;

    /** How many tasks a call takes. */
    @Param({"2", "100"})
    public int tasks;

    private Composer composer;
    private List<Callable<Integer>> bodies;
    private List<Integer> inputs;

    /** Looks up the peer. */
    @Setup
    public void setUp() {
        composer = Composer.of(by);
        bodies = Collections.nCopies(tasks, () -> ONE);
        inputs = Collections.nCopies(tasks, ONE);
    }

    /**
     * All results, in order.
     *
     * @throws Exception never
     */
    @Benchmark
    public List<Integer> all() throws Exception {
        return composer.all(bodies);
    }

    /**
     * The first result.
     *
     * @throws Exception never
     */
    @Benchmark
    public Integer first() throws Exception {
        return composer.first(bodies);
    }

    /**
     * A function of each input, eight at once.
     *
     * @throws Exception never
     */
    @Benchmark
    public long map() throws Exception {
        return composer.map(inputs, LIMIT);
    }
}
