package dev.supervisor.jmh;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
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
 * The question: how long does a task wait to start, and an owner to leave, when the machine has work to do? The score
 * is the time of the whole; what counts are the percentiles, in nanoseconds, recorded by HdrHistogram.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4)
@Measurement(iterations = 1)   // JMH adds counters up over iterations
@Fork(value = 1, jvmArgsAppend = {"-XX:+UseG1GC", "-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch", "--enable-preview"})
public class Latency {

    private static final long HIGHEST = TimeUnit.SECONDS.toNanos(60);

    /** Nanoseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Percentiles {
        /** 50 %. */
        public long p50;
        /** 90 %. */
        public long p90;
        /** 99 %. */
        public long p99;
        /** 99.9 %. */
        public long p999;
        /** 99.99 %. */
        public long p9999;
        /** All. */
        public long max;

        void of(Histogram histogram) {
            p50 = histogram.getValueAtPercentile(50);
            p90 = histogram.getValueAtPercentile(90);
            p99 = histogram.getValueAtPercentile(99);
            p999 = histogram.getValueAtPercentile(99.9);
            p9999 = histogram.getValueAtPercentile(99.99);
            max = histogram.getMaxValue();
        }
    }

    /** How much there is to do. */
    @State(Scope.Thread)
    public static class Load {
        /** How many tasks there are, and half as many scopes. */
        @Param("200000")
        public int tasks;
    }

    /**
     * From when a task is due to the first line of its body. One is due every 10 µs and works for 2, come what may: a
     * spawner that is late starts the next ones at once, and the time that they were late counts.
     *
     * @throws Exception never
     */
    @Benchmark
    public void start(PeerParam by, Load load, Percentiles percentiles) throws Exception {
        Histogram histogram = new ConcurrentHistogram(HIGHEST, 3);
        Work work = Work.ofMicroseconds(2);
        Peer.Scope scope = by.open(load.tasks);
        long due = System.nanoTime();
        for (int task = 0; task < load.tasks; task++) {
            due += 10_000;
            while (System.nanoTime() < due) {
                Thread.onSpinWait();
            }
            long begin = due;
            scope.start(() -> {
                histogram.recordValue(Math.min(HIGHEST, System.nanoTime() - begin));
                work.run();
            });
        }
        scope.leave();
        percentiles.of(histogram);
    }

    /**
     * From the last line of the last body to the return from the exit, for scopes of ten tasks that work for 2 µs.
     *
     * @throws Exception never
     */
    @Benchmark
    public void leave(PeerParam by, Load load, Percentiles percentiles) throws Exception {
        Histogram histogram = new Histogram(HIGHEST, 3);
        Work work = Work.ofMicroseconds(2);
        AtomicLong last = new AtomicLong();
        Work timed = () -> {
            work.run();
            last.accumulateAndGet(System.nanoTime(), Math::max);
        };
        for (int count = 0; count < load.tasks / 2; count++) {
            last.set(Long.MIN_VALUE);
            Peer.Scope scope = by.open(10);
            for (int task = 0; task < 10; task++) {
                scope.start(timed);
            }
            scope.leave();
            histogram.recordValue(Math.min(HIGHEST, System.nanoTime() - last.get()));
        }
        percentiles.of(histogram);
    }
}
