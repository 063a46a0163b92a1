package dev.supervisor.jmh;

import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A guard against accidents, in every build: a task that is accounted for costs at most so many times what a call of
 * its body costs. The bound is generous, for the measurement is short and the machine may be busy; it is no target.
 */
public final class Guard {

    private static final double MOST = 300;

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
                .verbosity(VerboseMode.SILENT)
                .build()).run();
        double ratio = best(results, "shared") / best(results, "bare");
        System.out.printf("Accounting for a task costs %.0f times the call of its body; at most %.0f are tolerated.%n",
                ratio, MOST);
        if (!(ratio <= MOST)) {
            throw new AssertionError("Accounting has become too expensive, or the measurement failed");
        }
    }

    /** The best iteration: others may have had to share the processor. */
    private static double best(Collection<RunResult> results, String benchmark) {
        return results.stream().filter(result -> result.getParams().getBenchmark().endsWith("." + benchmark))
                .findFirst().orElseThrow().getPrimaryResult().getStatistics().getMin();
    }
}
