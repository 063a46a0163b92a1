package dev.supervisor.jmh;

import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

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
                .warmupIterations(3).warmupTime(TimeValue.milliseconds(300))
                .measurementIterations(3).measurementTime(TimeValue.milliseconds(300))
                .shouldFailOnError(true)
                .build()).run();
        double ratio = score(results, "shared") / score(results, "bare");
        System.out.printf("Accounting for a task costs %.0f times the call of its body; at most %.0f are tolerated.%n",
                ratio, MOST);
        if (!(ratio <= MOST)) {
            throw new AssertionError("Accounting has become too expensive, or the measurement failed");
        }
    }

    private static double score(Collection<RunResult> results, String benchmark) {
        return results.stream().filter(result -> result.getParams().getBenchmark().endsWith("." + benchmark))
                .findFirst().orElseThrow().getPrimaryResult().getScore();
    }
}
