package dev.supervisor.jmh;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.supervisor.engine.LiveSet;
import dev.supervisor.engine.StatsOfStripes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs all benchmarks, with the parameters and numbers of threads that mean something. Rounds, rather than forks one
 * after the other: each round asks everybody once, in a fork of its own, so that those who are compared have had the
 * same machine, whatever else it did. What has its result already is not asked again, so a suite that was stopped goes
 * on where it was.
 *
 * <pre>{@code
 * java -cp supervisor-jmh/target/benchmarks.jar dev.supervisor.jmh.Suite quick docs/benchmarks/raw/quick
 * }</pre>
 */
public final class Suite {

    private static final Set<String> OF_JDK_25 =
            Set.of("thread.execute", "thread.submit", "thread.structured", "structured", "invoke");

    /** What the name of a job ends with that asks rejected designs alone. */
    private static final String REJECTED = "Rejected";

    /** Jobs in which one JVM may take three times as long as the next, or keep larger frames. */
    private static final Set<String> OF_MANY_ROUNDS = Set.of("SpawnJoin", "SubmitJoin", "Abort", "Joined", "Colliding");

    /** Benchmarks in which an iteration is one operation. */
    private static final Set<Class<?>> OF_ONE_SHOT =
            Set.of(Abort.class, Latency.class, Lateness.class, ManyLive.class, Nested.class);

    /** How much: for a build, for a look, for publication. */
    private enum Depth { SMOKE, QUICK, FULL }

    /** One benchmark with some of its parameters, and the numbers of threads. */
    private record Job(
            String name, Class<?> benchmark, String method, List<Integer> threads, Map<String, List<String>> parameters) {

        Job(String name, Class<?> benchmark, String method, List<Integer> threads) {
            this(name, benchmark, method, threads, Map.of());
        }

        /** Those of the values that can be had here. */
        Job with(String parameter, String... values) {
            boolean all = Jdk25.isPresent();
            Map<String, List<String>> more = new LinkedHashMap<>(parameters);
            more.put(parameter, Stream.of(values).filter(value -> all || !OF_JDK_25.contains(value)).toList());
            return new Job(name, benchmark, method, threads, more);
        }

        int rounds(Depth depth) {
            return depth != Depth.FULL ? 1 : OF_MANY_ROUNDS.contains(name) ? 9 : 3;
        }

        /** A rejected design may run out of memory, if it is measured for long. */
        boolean mayFail() {
            return name.endsWith(REJECTED) || benchmark == LiveSet.class;
        }
    }

    private Suite() { }

    /**
     * Runs all.
     *
     * @param args how much ({@code smoke}, {@code quick} or {@code full}), where the results go, and, if only some of the
     *     jobs are wanted, a regular expression that their names contain
     * @throws RunnerException if a benchmark failed
     * @throws IOException if a result cannot be written
     */
    public static void main(String[] args) throws RunnerException, IOException {
        if (args.length < 2 || args.length > 3) {
            throw new IllegalArgumentException("Suite smoke|quick|full FOLDER [NAME]");
        }
        Depth depth = Depth.valueOf(args[0].toUpperCase(Locale.ROOT));
        Path folder = Files.createDirectories(Path.of(args[1]));
        Pattern name = Pattern.compile(args.length == 3 ? args[2] : "");
        List<Job> jobs = jobs(depth).stream().filter(job -> name.matcher(job.name).find()).toList();
        if (jobs.isEmpty()) {
            throw new IllegalArgumentException("No job has a name that contains " + name);
        }
        int rounds = jobs.stream().mapToInt(job -> job.rounds(depth)).max().getAsInt();
        for (int round = 1; round <= rounds; round++) {
            for (Job job : jobs) {
                for (int threads : job.threads) {
                    Path result = folder.resolve("%s-t%d-%d.json".formatted(job.name, threads, round));
                    if (round <= job.rounds(depth) && (depth == Depth.SMOKE || !Files.exists(result))) {
                        Path part = folder.resolve("part");
                        run(job, depth, threads, part);
                        Files.move(part, result, REPLACE_EXISTING);
                    }
                }
            }
        }
    }

    private static List<Job> jobs(Depth depth) {
        boolean full = depth == Depth.FULL;
        List<Integer> one = List.of(1);
        List<Integer> two = List.of(1, 2);
        List<Integer> few = depth == Depth.SMOKE ? List.of(2) : full ? List.of(1, 2, 4, 8) : List.of(1, 2, 4);
        List<Integer> many = full ? List.of(1, 2, 4, 8, 16, 32, 64) : few;
        String[] rejected = PeerParam.everybody(PeerParam::isRejected);
        String million = full ? "1000000" : depth == Depth.QUICK ? "100000" : "100";
        String tenMillion = full ? "10000000" : depth == Depth.QUICK ? "1000000" : "1000";
        String[] depths = full ? new String[] {"25000", "100000"} : depth == Depth.QUICK
                ? new String[] {"5000", "20000"} : new String[] {"25", "100"};
        String[] timers = full ? new String[] {"1000", "1000000"} : depth == Depth.QUICK
                ? new String[] {"1000", "100000"} : new String[] {"10", "100"};
        String[] late = full ? new String[] {"10000", "1000000"} : depth == Depth.QUICK
                ? new String[] {"10000", "100000"} : new String[] {"10", "100"};
        String events = full ? "200000" : depth == Depth.QUICK ? "50000" : "100";
        return List.of(
                new Job("SpawnJoin", SpawnJoin.class, "scope", one)
                        .with("microseconds", "0")
                        .with("peer", PeerParam.everybody(peer -> !PeerParam.isRejected(peer) && !isSubmit(peer))),
                new Job("SubmitJoin", SpawnJoin.class, "scope", one)
                        .with("microseconds", "0")
                        .with("peer", PeerParam.everybody(Suite::isSubmit)),
                new Job("SpawnJoin" + REJECTED, SpawnJoin.class, "scope", one)
                        .with("microseconds", "0")
                        .with("peer", rejected),
                new Job("SpawnJoinWork", SpawnJoin.class, "scope", one)
                        .with("microseconds", full ? new String[] {"1", "100"} : new String[] {"100"})
                        .with("peer", "thread.bare", "thread.supervised", "thread.structured",
                                "forkJoin.bare", "forkJoin.supervised", "kotlin", "fixed.bare", "fixed.supervised"),
                new Job("SmallScope", SmallScope.class, "scope", one)
                        .with("peer", "thread.bare", "thread.supervised", "thread.execute", "thread.submit",
                                "thread.structured", "forkJoin.bare", "forkJoin.supervised", "forkJoin.allOf", "kotlin"),
                new Job("SmallScope" + REJECTED, SmallScope.class, "scope", one)
                        .with("peer", "thread.hashSet"),
                new Job("SmallScopeMany", SmallScope.class, "scope", List.of(4))
                        .with("tasks", "2")
                        .with("peer", "thread.bare", "thread.supervised", "thread.structured",
                                "forkJoin.bare", "forkJoin.supervised"),
                new Job("Accounting", Accounting.class, "(bare|shared|own)", many),
                new Job("Accounting" + REJECTED, Accounting.class, "alternative", few),   // more take them minutes
                new Job("LongLived", LongLived.class, "spawn", full ? two : List.of(2))
                        .with("by", "bare", "supervised"),
                new Job("LongLived" + REJECTED, LongLived.class, "spawn", full ? two : List.of(2))
                        .with("by", "hashSet", "cells", "keySet"),
                new Job("Joined", Joined.class, "spawn", few),
                new Job("Colliding", Colliding.class, "spawn", one),
                new Job("LiveSet", LiveSet.class, ".*", two),
                new Job("FanIn", FanIn.class, ".*", one),
                new Job("Latency", Latency.class, ".*", one)
                        .with("tasks", events)
                        .with("peer", "thread.bare", "thread.supervised", "thread.structured",
                                "forkJoin.bare", "forkJoin.supervised"),
                new Job("Abort", Abort.class, "abort", one)
                        .with("tasks", million)
                        .with("by", "bare", "supervised", "structured"),
                new Job("ManyLive", ManyLive.class, ".*", one)
                        .with("tasks", tenMillion),
                new Job("Cancels", Cancels.class, "spawn", one)
                        .with("besides", million),
                new Job("Nested", Nested.class, "abort", one)
                        .with("tasks", depths),
                new Job("TimeLimits", TimeLimits.class, "limit", two)
                        .with("outstanding", timers),
                new Job("Lateness", Lateness.class, ".*", one)
                        .with("tasks", late)
                        .with("span", full ? "5000" : depth == Depth.QUICK ? "1000" : "20"),
                new Job("OpenNamed", OpenNamed.class, ".*", two)
                        .with("open", full ? new String[] {"0", "1000", "100000"} : new String[] {"0", "1000"}),
                new Job("Dump", Dump.class, "dump", one)
                        .with("tasks", million),
                new Job("Options", Options.class, ".*", one),
                new Job("Observed", Observed.class, "spawn", two),
                new Job("Stats", StatsOfStripes.class, "stats", one),
                new Job("ComposingAll", Composing.class, "all", one)
                        .with("by", "tasks", "invoke", "structured", "kotlin"),
                new Job("ComposingFirst", Composing.class, "first", one)
                        .with("by", "tasks", "invoke", "structured"),
                new Job("ComposingMap", Composing.class, "map", one)
                        .with("by", "tasks", "structured"));
    }

    /** Whether a peer's tasks go through {@code ExecutorService.submit}, which makes a future of each. */
    private static boolean isSubmit(String peer) {
        return peer.equals("thread.submit") || peer.equals("thread.view");
    }

    private static void run(Job job, Depth depth, int threads, Path result) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(Pattern.quote(job.benchmark.getName()) + "\\." + job.method + "$")
                .threads(threads)
                .shouldFailOnError(depth == Depth.SMOKE || !job.mayFail())
                .addProfiler(GCProfiler.class)
                .resultFormat(ResultFormatType.JSON)
                .result(result.toString());
        job.parameters.forEach((parameter, values) -> options.param(parameter, values.toArray(String[]::new)));
        boolean timed = !OF_ONE_SHOT.contains(job.benchmark);
        switch (depth) {
            case SMOKE -> {
                options.forks(0).warmupIterations(0).measurementIterations(1).verbosity(VerboseMode.SILENT);
                if (timed) {
                    options.measurementTime(TimeValue.milliseconds(10));
                }
            }
            case QUICK -> {
                options.forks(1).warmupIterations(timed ? 5 : 3).measurementIterations(timed ? 3 : 1);
                if (timed) {
                    options.warmupTime(TimeValue.milliseconds(300)).measurementTime(TimeValue.milliseconds(300));
                }
            }
            case FULL -> options.forks(1);
        }
        if (depth != Depth.SMOKE) {
            options.jvmArgsPrepend(Results.ORIGIN + System.getProperty("origin", "unknown"));
        }
        new Runner(options.timeout(TimeValue.seconds(TimeUnit.MINUTES.toSeconds(5))).build()).run();
    }
}
