package dev.supervisor.jmh;

import org.openjdk.jmh.annotations.Benchmark;

/** Proves that benchmarks run; delete it when the first real one arrives. */
public class PlaceholderBenchmark {
    /** The cheapest call that returns something. */
    @Benchmark
    public Thread currentThread() {
        return Thread.currentThread();
    }
}
