package dev.supervisor.jcstress;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;

/**
 * Runs jcstress as its own {@code Main} does, and fails where that one keeps quiet: when no test matches, and when a
 * test that matches has no result. A test with more actors than the machine has cores is one that jcstress leaves out.
 *
 * <p>In jcstress's sanity mode a fork runs its test once, and a termination test not at all. Here it goes on for
 * {@value #SANITY_MILLIS} ms, which costs little beside the start of a JVM and gives thousands of samples. The JVM is as
 * users have it, and both actors are compiled alike: an eighth of the forks. More with {@code -time} or another mode.
 */
public final class StressRun {
    private static final String SANITY_MILLIS = "100";
    private static final List<String> SANITY =
            List.of("-time", SANITY_MILLIS, "-strideSize", "50", "-strideCount", "5", "-sc", "false",
                    "-jvmArgs", "-XX:+TieredCompilation");   // any: who names one gets no others

    private StressRun() {}

    /**
     * Runs the tests, prints jcstress's reports, and ends with a line for the whole run.
     *
     * @param args what jcstress's {@code Main} takes
     * @throws Exception if a test failed (an {@code AssertionError} that lists them), or had no result
     */
    public static void main(String[] args) throws Exception {
        Options options = new Options(sampling(List.of(args)).toArray(String[]::new));
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

        if (!Files.exists(Path.of(options.getResultFile()))) {
            throw new IllegalStateException("No stress test could be run here: " + String.join(", ", silent));
        }
        long[] forks = {0};
        long[] samples = {0};
        DiskReadCollector results = new DiskReadCollector(options.getResultFile(), result -> {
            forks[0]++;
            samples[0] += result.getTotalCount();
            if (result.getTotalCount() > 0) {
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
        System.out.println(
                "jcstress: " + tests + " tests, " + forks[0] + " forks, " + samples[0] + " samples, all passed");
    }

    private static List<String> sampling(List<String> args) {
        if (!args.contains("sanity") || args.contains("-time")) {
            return args;
        }
        List<String> longer = new ArrayList<>(args);
        longer.addAll(SANITY);
        return longer;
    }
}
