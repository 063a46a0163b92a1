package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: what does a supervisor with ten million live tasks do to a single spawn, to memory, and what does it
 * hold when they have gone? The score is the time of the whole; what counts are the counters. The young generation
 * holds all that is made, so that no spawn is measured in which a collection stops the JVM.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 1)   // JMH adds counters up over iterations
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseParallelGC", "-Xms5g", "-Xmx5g", "-Xmn3g", "-XX:+AlwaysPreTouch"})
public class ManyLive {

    private static final int SPAWNERS = 64;
    private static final long HIGHEST = TimeUnit.SECONDS.toNanos(60);

    /** Of single spawns, in nanoseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Spawn {
        /** 99.99 %. */
        public long p9999;
        /** All. */
        public long max;

        void of(Histogram histogram) {
            p9999 = histogram.getValueAtPercentile(99.99);
            max = histogram.getMaxValue();
        }
    }

    /** Memory. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Memory {
        /** What all spawners together have allocated, in bytes, by the number of tasks. */
        public long allocatedPerTask;
        /** What the heap holds, in bytes, by the number of tasks. */
        public long heldPerTask;
        /** What the heap holds when the tasks have gone. */
        public long heldKiB;
    }

    /** How much there is. */
    @State(Scope.Thread)
    public static class Load {
        /** How many tasks live. */
        @Param("10000000")
        public int tasks;

        int more() {
            return tasks / 10;
        }
    }

    /** Keeps each task at a place of the caller's, or runs it. */
    private static final class Places implements Executor {

        private final Runnable[] tasks;
        private int place;
        private boolean runs;

        Places(int tasks) {
            this.tasks = new Runnable[tasks];
        }

        @Override
        public void execute(Runnable task) {
            if (runs) {
                task.run();
            } else {
                tasks[place] = task;
            }
        }

        void fill(Supervisor supervisor) {
            for (int task = 0; task < tasks.length; task++) {
                place = task;
                supervisor.execute(Work.NONE);
            }
        }
    }

    private static Supervisor open(Executor executor) {
        return Supervisor.builder().unowned().executor(executor).open();
    }

    private static void time(Histogram histogram, Supervisor supervisor) {
        long begin = System.nanoTime();
        supervisor.execute(Work.NONE);
        histogram.recordValue(Math.min(HIGHEST, System.nanoTime() - begin));
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Each spawn on the way to so many. */
    @Benchmark
    public void fill(Load load, Spawn spawn) {
        System.gc();
        Histogram histogram = new Histogram(HIGHEST, 3);
        Places places = new Places(load.tasks);
        Supervisor supervisor = open(places);
        for (int task = 0; task < load.tasks; task++) {
            places.place = task;
            time(histogram, supervisor);
        }
        spawn.of(histogram);
        Reference.reachabilityFence(supervisor);
    }

    /** Each spawn of a task that ends at once, while so many live. */
    @Benchmark
    public void besides(Load load, Spawn spawn) {
        System.gc();
        Histogram histogram = new Histogram(HIGHEST, 3);
        Places places = new Places(load.tasks);
        Supervisor supervisor = open(places);
        places.fill(supervisor);
        places.runs = true;
        for (int task = load.more(); task > 0; task--) {
            time(histogram, supervisor);
        }
        spawn.of(histogram);
        Reference.reachabilityFence(supervisor);
    }

    /** Each spawn of a task in whose place one of those that live has ended, at random. */
    @Benchmark
    public void exchange(Load load, Spawn spawn) {
        System.gc();
        Histogram histogram = new Histogram(HIGHEST, 3);
        SplittableRandom random = new SplittableRandom(1);
        Places places = new Places(load.tasks);
        Supervisor supervisor = open(places);
        places.fill(supervisor);
        for (int task = load.more(); task > 0; task--) {
            places.place = random.nextInt(load.tasks);
            places.tasks[places.place].run();
            time(histogram, supervisor);
        }
        spawn.of(histogram);
        Reference.reachabilityFence(supervisor);
    }

    /**
     * So many tasks by 64 spawners at once.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void spawners(Load load, Memory memory) throws InterruptedException {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int each = load.tasks / SPAWNERS;
        LongAdder allocated = new LongAdder();
        CountDownLatch begin = new CountDownLatch(1);
        long before = used();
        Supervisor supervisor = open(task -> { });
        Thread[] spawners = new Thread[SPAWNERS];
        for (int spawner = 0; spawner < SPAWNERS; spawner++) {
            spawners[spawner] = new Thread(() -> {
                try {
                    begin.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                long own = threads.getCurrentThreadAllocatedBytes();
                for (int task = 0; task < each; task++) {
                    supervisor.execute(Work.NONE);
                }
                allocated.add(threads.getCurrentThreadAllocatedBytes() - own);
            });
            spawners[spawner].start();
        }
        begin.countDown();
        for (Thread spawner : spawners) {
            spawner.join();
        }
        memory.allocatedPerTask = allocated.sum() / (each * SPAWNERS);
        memory.heldPerTask = (used() - before) / (each * SPAWNERS);
        Reference.reachabilityFence(supervisor);
    }

    /** When all have ended, and a tenth as many tasks have run since. */
    @Benchmark
    public void after(Load load, Memory memory) {
        Places places = new Places(load.tasks);
        Supervisor supervisor = open(places);
        places.runs = true;
        supervisor.execute(Work.NONE);
        long before = used();
        places.runs = false;
        places.fill(supervisor);
        for (int task = 0; task < load.tasks; task++) {
            places.tasks[task].run();
            places.tasks[task] = null;
        }
        places.runs = true;
        for (int task = load.more(); task > 0; task--) {
            supervisor.execute(Work.NONE);
        }
        memory.heldKiB = Math.max(0, used() - before) >> 10;
        Reference.reachabilityFence(places);
        Reference.reachabilityFence(supervisor);
    }
}
