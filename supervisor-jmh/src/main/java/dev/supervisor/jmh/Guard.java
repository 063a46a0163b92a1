package dev.supervisor.jmh;

import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A guard against accidents, in every build: a task that is accounted for costs at most so many times what a call of
 * its body costs, and as many bytes as are promised. The first bound is generous, for the measurement is short and the
 * machine may be busy; the second is not, for bytes depend on neither.
 */
public final class Guard {

    private static final double MOST = 300;
    private static final double MOST_BYTES = 48;

    private Guard() { }

    /**
     * Measures, and fails if the bound is not kept.
     *
     * @param args none
     * @throws RunnerException if it cannot be measured
     */
    public static void main(String[] args) throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                .include("\\.Accounting\\.(bare|shared)$")
                .forks(1)
                .warmupIterations(5).warmupTime(TimeValue.milliseconds(200))
                .measurementIterations(40).measurementTime(TimeValue.milliseconds(20))
                .shouldFailOnError(true)
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .build()).run();
        // The best iteration: others may have had to share the processor.
        double ratio = of(results, "bare").getPrimaryResult().getStatistics().getMax()
                / of(results, "shared").getPrimaryResult().getStatistics().getMax();
        // The median: to an iteration in which hardly anything ran, what JMH itself makes is charged.
        double bytes = of(results, "shared").getSecondaryResults().get(Results.BYTES).getStatistics().getPercentile(50);
        System.out.printf("Accounting for a task costs %.0f times the call of its body, and %.1f bytes; at most %.0f, and"
                + " %.0f, are tolerated.%n", ratio, bytes, MOST, MOST_BYTES);
        if (!(ratio <= MOST && bytes <= MOST_BYTES)) {
            throw new AssertionError("Accounting has become too expensive, or the measurement failed");
        }
    }

    private static RunResult of(Collection<RunResult> results, String benchmark) {
        return results.stream().filter(result -> result.getParams().getBenchmark().endsWith("." + benchmark))
                .findFirst().orElseThrow();
    }
}
