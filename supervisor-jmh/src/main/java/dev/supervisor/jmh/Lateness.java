package dev.supervisor.jmh;

import dev.supervisor.FailureHandler;
import dev.supervisor.Supervisor;
import dev.supervisor.TaskSpec;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: how late is a time limit that passes? All tasks live before the first limit passes, then one after
 * the other, in equal steps, in another order than they were spawned. Nothing else ends a task. The score is the time
 * of the whole; what counts are the percentiles, in nanoseconds, from when a limit has passed to the task's callback.
 * The young generation holds all that is made, so that no collection stops the JVM meanwhile.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 1)   // JMH adds counters up over iterations
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseParallelGC", "-Xms7g", "-Xmx7g", "-Xmn6g", "-XX:+AlwaysPreTouch"})
public class Lateness {

    private static final long HIGHEST = TimeUnit.SECONDS.toNanos(60);

    /** When limits pass. */
    @State(Scope.Thread)
    public static class Load {

        /** How many tasks live, or timers run. */
        @Param({"10000", "1000000"})
        public int tasks;

        /** The time between the first limit and the last, in milliseconds. */
        @Param("5000")
        public int span;

        private int[] order;
        private long begin;
        private Histogram histogram;

        /** Mixes the order in which limits pass. */
        @Setup
        public void setUp() {
            SplittableRandom random = new SplittableRandom(1);
            order = new int[tasks];
            for (int task = 1; task < tasks; task++) {
                int other = random.nextInt(task + 1);
                order[task] = order[other];
                order[other] = task;
            }
        }

        /** Now limits begin to be set; the first passes when there was time enough for all. */
        private void begin() {
            System.gc();
            histogram = new ConcurrentHistogram(HIGHEST, 3);
            begin = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100) + tasks * 4_000L;
        }

        /** When the limit of a task passes. */
        private long due(int task) {
            return begin + TimeUnit.MILLISECONDS.toNanos(span) * order[task] / tasks;
        }

        private void passed(long due) {
            histogram.recordValue(Math.max(0, Math.min(HIGHEST, System.nanoTime() - due)));
        }
    }

    /**
     * Of async tasks, whose stages complete when they are cancelled.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void supervised(Load load, Latency.Percentiles percentiles) throws InterruptedException {
        load.begin();
        Supervisor supervisor = Supervisor.builder().unowned().onFailure(FailureHandler.ignore()).open();
        TaskSpec spec = supervisor.spec("limited");
        for (int task = 0; task < load.tasks; task++) {
            long due = load.due(task);
            spec.timeout(Duration.ofNanos(Math.max(1, due - System.nanoTime())))
                    .spawnAsync(CompletableFuture<Void>::new)
                    .onDone(done -> load.passed(due));
        }
        supervisor.join();
        percentiles.of(load.histogram);
    }

    /**
     * Of a {@code ScheduledThreadPoolExecutor} with one thread, which completes a future.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void schedule(Load load, Latency.Percentiles percentiles) throws InterruptedException {
        timer("schedule", load, percentiles);
    }

    /**
     * Of Netty's {@code HashedWheelTimer}, which completes a future.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void wheel(Load load, Latency.Percentiles percentiles) throws InterruptedException {
        timer("wheel", load, percentiles);
    }

    private static void timer(String by, Load load, Latency.Percentiles percentiles) throws InterruptedException {
        load.begin();
        CountDownLatch remaining = new CountDownLatch(load.tasks);
        try (Timer timer = Timer.of(by)) {
            for (int task = 0; task < load.tasks; task++) {
                long due = load.due(task);
                CompletableFuture<Void> future = new CompletableFuture<>();
                future.whenComplete((result, thrown) -> {
                    load.passed(due);
                    remaining.countDown();
                });
                timer.start(() -> future.cancel(true), Math.max(1, due - System.nanoTime()));
            }
            remaining.await();
        }
        percentiles.of(load.histogram);
    }
}
