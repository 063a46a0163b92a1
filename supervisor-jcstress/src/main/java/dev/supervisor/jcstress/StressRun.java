package dev.supervisor.jcstress;

import java.util.Set;
import java.util.TreeSet;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;

/**
 * Runs jcstress as its own {@code Main} does, and fails where that one keeps quiet: when no test matches, and when a test
 * that matches has no result. A test with more actors than the machine has cores is one that jcstress leaves out.
 */
public final class StressRun {
    private StressRun() {}

    /**
     * Runs the tests, prints jcstress's reports, and ends with a line for the whole run.
     *
     * @param args what jcstress's {@code Main} takes
     * @throws Exception if a test failed (an {@code AssertionError} that lists them), or had no result
     */
    public static void main(String[] args) throws Exception {
        Options options = new Options(args);
        if (!options.parse()) {
            System.exit(2);
        }
        JCStress jcstress = new JCStress(options);
        Set<String> silent = new TreeSet<>(jcstress.getTests());
        int tests = silent.size();
        if (tests == 0) {
            throw new IllegalStateException("No stress test matches " + options.getTestFilter());
        }
        jcstress.run(); // throws if an outcome is forbidden, or a fork failed

        long[] runs = {0};
        DiskReadCollector results = new DiskReadCollector(options.getResultFile(), result -> {
            runs[0]++;
            if (hasSamples(result)) {
                silent.remove(result.getName());
            }
        });
        try {
            results.dump();
        } finally {
            results.close();
        }
        if (!silent.isEmpty()) {
            throw new IllegalStateException(
                    "Without any result (more actors than the machine has cores?): " + String.join(", ", silent));
        }
        System.out.println("jcstress: " + tests + " tests, " + runs[0] + " runs, all passed");
    }

    private static boolean hasSamples(TestResult result) {
        return result.getTotalCount() > 0;
    }
}
