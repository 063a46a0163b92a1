package dev.supervisor.jmh;

import dev.supervisor.jmh.Results.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes down what was measured: the tables of {@code docs/benchmarks/README.md}, between lines that say that they are
 * generated, and the plots beside it.
 *
 * <pre>{@code
 * java -cp supervisor-jmh/target/benchmarks.jar dev.supervisor.jmh.Report docs/benchmarks full
 * }</pre>
 */
public final class Report {

    /** Of bytes an operation, a part that is none of its own. */
    private static final double ROUNDING = 0.05;
    private static final String END = "<!-- end -->";
    static final List<String> PERCENTILES = List.of("p50", "p90", "p99", "p999", "p9999", "max");

    /** Of each task, in the array by which the bare peer of {@link Abort} knows its threads. */
    private static final double BYTES_OF_REFERENCE = 4;

    private final Results results;
    private final List<Retention> retained;

    /** How much more the heap held after so many tasks. */
    record Retention(String by, long tasks, long bytes) { }

    private Report(Results results, List<Retention> retained) {
        this.results = results;
        this.retained = retained;
    }

    /**
     * Reads what lies in a folder for each suite, {@code raw/quick} or {@code raw/full}, and writes the rest.
     *
     * @param args the folder, and the suite
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Path raw = folder.resolve("raw").resolve(args[1]);
        Report report = new Report(Results.read(raw), retained(raw.resolve("retained.csv")));
        Path readme = folder.resolve("README.md");
        String text = Files.readString(readme);
        text = replace(text, "machine", report.machine(args[1]));
        text = replace(text, "targets", report.targets());
        text = replace(text, "SpawnJoin", report.table("SpawnJoin", by("peer"), by("microseconds")));
        text = replace(text, "SmallScope", report.table("SmallScope", by("peer"), Report::tasksAndThreads));
        text = replace(text, "Accounting", report.table("Accounting", by("method", "kind"), by("t")));
        text = replace(text, "LongLived", report.table("LongLived", by("on", "by"), by("t")));
        text = replace(text, "Joined", report.table("Joined", by("state"), by("t")));
        text = replace(text, "Colliding", report.table("Colliding", by("stripes"), by("method")));
        text = replace(text, "LiveSet", report.table("LiveSet", by("method"), by("t")));
        text = replace(text, "FanIn", report.table("FanIn", by("by"), by("method")));
        text = replace(text, "Latency", report.metrics("Latency", by("method", "peer"), PERCENTILES));
        text = replace(text, "Abort", report.metrics("Abort", by("by"), List.of("firstMillis", "bytesPerTask")));
        text = replace(text, "ManyLive", report.metrics("ManyLive", by("method"),
                List.of("p9999", "max", "allocatedPerTask", "heldPerTask", "heldKiB")));
        text = replace(text, "Cancels", report.table("Cancels", by("besides"), by("everyMicroseconds")));
        text = replace(text, "Nested", report.metrics("Nested", by("tasks"), List.of("abortMicros")));
        text = replace(text, "TimeLimits", report.table("TimeLimits", by("by"), Report::outstandingAndThreads));
        text = replace(text, "Lateness", report.metrics("Lateness", by("method", "tasks"), PERCENTILES));
        text = replace(text, "Options", report.table("Options", by("method"), question -> "ns"));
        text = replace(text, "Composing", report.table("Composing", by("method", "by"), by("tasks")));
        text = replace(text, "Observed", report.table("Observed", by("by"), by("t")));
        text = replace(text, "Stats", report.table("StatsOfStripes", by("stripes"), question -> "ns"));
        text = replace(text, "Dump", report.table("Dump", by("max"), by("tasks")));
        text = replace(text, "OpenNamed", report.table("OpenNamed", by("open", "method"), by("t")));
        text = replace(text, "Retained", report.retention());
        Files.writeString(readme, text);
        Plots plots = new Plots(report.results, folder);
        plots.bars();
        plots.scaling();
        plots.latency();
        plots.timers();
        plots.lateness();
        plots.heap(report.retained);
    }

    private static List<Retention> retained(Path csv) throws IOException {
        List<String> lines = Files.exists(csv) ? Files.readAllLines(csv) : List.of();
        return lines.stream().skip(1).map(line -> line.split(","))
                .map(cells -> new Retention(cells[0], Long.parseLong(cells[1]), Long.parseLong(cells[2])))
                .toList();
    }

    private static String replace(String text, String part, String content) {
        String begin = "<!-- generated: " + part + " -->";
        int from = text.indexOf(begin);
        int to = text.indexOf(END, from);
        if (from < 0 || to < 0) {
            throw new IllegalArgumentException("The text has no lines " + begin + " and " + END);
        }
        return text.substring(0, from) + begin + "\n" + content + text.substring(to);
    }

    private String machine(String suite) {
        return "The %s suite, rounds of each question: %s. %s; %s.%n"
                .formatted(suite, results.rounds(), results.jdk(), results.origins());
    }

    // ---- Tables

    private static Function<Question, String> by(String... parameters) {
        return question -> Stream.of(parameters).map(question::get).filter(value -> !value.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /** Of one thread, which is not said, or of more. */
    private static String tasksAndThreads(Question question) {
        String threads = question.get("t");
        return question.get("tasks") + (threads.equals("1") ? "" : ", t=" + threads);
    }

    static String outstandingAndThreads(Question question) {
        String threads = question.get("t");
        return question.get("outstanding") + (threads.equals("1") ? "" : ", t=" + threads);
    }

    /** Median, least and greatest of the rounds, or of the iterations of the one round, and the bytes allocated. */
    private String table(String benchmark, Function<Question, String> row, Function<Question, String> column) {
        List<Question> questions = results.questions(benchmark);
        List<String> columns = questions.stream().map(column).distinct()
                .sorted(Comparator.comparingInt(Report::numeral)).toList();
        List<String> lines = head(columns);
        for (String name : questions.stream().map(row).distinct().toList()) {
            lines.add(line(name, columns.stream().map(at -> questions.stream()
                    .filter(question -> row.apply(question).equals(name) && column.apply(question).equals(at))
                    .map(question -> cell(results.scores(question), spread(question),
                            results.scores(question, Results.BYTES)))
                    .findFirst().orElse("")).toList()));
        }
        return String.join("\n", lines) + "\n";
    }

    /** Numbers by size; words stay in their order. */
    private static int numeral(String column) {
        return column.matches("\\d.*") ? Integer.parseInt(column.replaceFirst("\\D.*", "")) : 0;
    }

    /** The scores and some other measures. */
    private String metrics(String benchmark, Function<Question, String> row, List<String> metrics) {
        List<String> columns = new ArrayList<>(List.of("all, ms"));
        columns.addAll(metrics);
        List<String> lines = head(columns);
        for (Question question : results.questions(benchmark)) {
            List<String> cells = new ArrayList<>(List.of(cell(results.scores(question))));
            metrics.forEach(metric -> cells.add(number(Results.median(results.scores(question, metric)))));
            lines.add(line(row.apply(question), cells));
        }
        return String.join("\n", lines) + "\n";
    }

    private String retention() {
        Set<String> names = new TreeSet<>(retained.stream().map(Retention::by).toList());
        List<String> lines = head(List.of("tasks, millions", "retained, KiB"));
        for (String name : names) {
            Retention last = last(name);
            lines.add(line(name, List.of(number(last.tasks / 1e6), number(last.bytes / 1024.0))));
        }
        return String.join("\n", lines) + "\n";
    }

    private Retention last(String by) {
        return retained.stream().filter(retention -> retention.by.equals(by))
                .reduce((earlier, later) -> later).orElse(new Retention(by, 0, 0));
    }

    private static List<String> head(List<String> columns) {
        List<String> rule = columns.stream().map(column -> "---:").toList();
        return new ArrayList<>(List.of(line("", columns), line("---", rule)));
    }

    private static String line(String name, List<String> cells) {
        return "| " + name + " | " + String.join(" | ", cells) + " |";
    }

    private double[] spread(Question question) {
        double[] scores = results.scores(question);
        return scores.length == 1 ? results.iterations(question) : scores;
    }

    private static String cell(double... scores) {
        return cell(scores, scores, new double[0]);
    }

    private static String cell(double[] scores, double[] spread, double[] bytes) {
        if (scores.length == 0) {
            return "";
        }
        String range = spread.length == 1 ? ""
                : " (" + number(Arrays.stream(spread).min().getAsDouble())
                        + "–" + number(Arrays.stream(spread).max().getAsDouble()) + ")";
        String allocated = bytes.length == 0 ? "" : ", " + number(Results.median(bytes)) + " B";
        return number(Results.median(scores)) + range + allocated;
    }

    /** Three digits. */
    private static String number(double value) {
        double size = Math.abs(value);
        return Double.isNaN(value) ? ""
                : String.format(Locale.ROOT, size >= 99.95 ? "%,.0f" : size >= 9.995 ? "%.1f" : "%.2f", value);
    }

    // ---- Targets

    private String targets() {
        Question shared = Question.of("Accounting method=shared t=1");
        Question threads = spawnJoin("thread.supervised");
        Question forkJoin = spawnJoin("forkJoin.supervised");
        Question empty = smallScope("thread.supervised", 0);
        List<String> lines = new ArrayList<>(List.of(
                "| what | gate | goal | median (least–greatest) | |", "| --- | ---: | ---: | ---: | --- |",
                atMost("accounting, ns", 25, 15, 0,
                        Arrays.stream(results.scores(shared)).map(millions -> 1000 / millions).toArray()),
                atMost("accounting, bytes", 48, 40, ROUNDING, results.scores(shared, Results.BYTES)),
                atLeast("2 threads into one supervisor / into one each", 0.8, 0.95, results.ratios(
                        Question.of("Accounting method=shared t=2"), Question.of("Accounting method=own t=2"))),
                atMost("virtual threads / bare", 1.25, 1.10, 0, results.ratios(threads, spawnJoin("thread.bare"))),
                atMost("virtual threads / StructuredTaskScope", 0.90, 0.75, 0,
                        results.ratios(threads, spawnJoin("thread.structured"))),
                told("virtual threads / the JDK's executor for them, by execute",
                        results.ratios(threads, spawnJoin("thread.execute"))),
                atMost("ForkJoinPool / bare", 1.30, 1.05, 0, results.ratios(forkJoin, spawnJoin("forkJoin.bare"))),
                atMost("ForkJoinPool / Kotlin", 0.40, 0.30, 0, results.ratios(forkJoin, spawnJoin("kotlin"))),
                told("fixed pool / bare", results.ratios(spawnJoin("fixed.supervised"), spawnJoin("fixed.bare"))),
                atMost("empty scope / StructuredTaskScope", 0.35, 0.15, 0,
                        results.ratios(empty, smallScope("thread.structured", 0))),
                atMost("empty scope, bytes", 144, 112, ROUNDING, results.scores(empty, Results.BYTES)),
                atMost("two tasks / StructuredTaskScope", 1.00, 0.50, 0,
                        results.ratios(smallScope("thread.supervised", 2), smallScope("thread.structured", 2))),
                atMost("abort and join / bare", 1.35, 1.05, 0, results.ratios(abort("supervised"), abort("bare"))),
                atMost("abort and join / StructuredTaskScope", 0.60, 0.35, 0,
                        results.ratios(abort("supervised"), abort("structured"))),
                atMost("own bytes per live task", 80, 48, 0, ownBytes())));
        for (int t = 1; t <= 8; t *= 2) {
            lines.add(atMost("while somebody joins / before, threads: " + t, t <= 2 ? 1.3 : 1.5, t <= 2 ? 1.05 : 1.1, 0,
                    results.ratios(joined("ENTERED", t), joined("EXITING", t))));   // of tasks a second
        }
        lines.add(atMost("two threads sent to one stripe / to two", 1.5, 1.1, 0,
                results.ratios(colliding("one"), colliding("two"))));
        for (int t = 1; t <= 2; t++) {
            Question slots = liveSet("slots", t);
            lines.add(atMost("live set, add and remove, threads: " + t + ", ns", 30, 15, 0, results.scores(slots)));
            lines.add(atLeast("ConcurrentHashMap / live set, threads: " + t, 5, 5,
                    results.ratios(liveSet("keySet", t), slots)));
            lines.add(atLeast("NonBlockingHashSet / live set, threads: " + t, 5, 5,
                    results.ratios(liveSet("hashSet", t), slots)));
        }
        for (String spawns : List.of("fill", "besides", "exchange")) {
            lines.add(atMost("worst spawn with many live, " + spawns + ", ms", 1, 0.1, 0,
                    Arrays.stream(results.scores(manyLive(spawns), "max")).map(nanos -> nanos / 1e6).toArray()));
        }
        lines.add(atMost("bytes per live task, 64 spawners", 50, 46, 0,
                results.scores(manyLive("spawners"), "allocatedPerTask")));
        lines.add(atMost("held after a peak, KiB", 1024, 64, 0, results.scores(manyLive("after"), "heldKiB")));
        lines.add(atLeast("tasks a second, with cancels / without", 0.9, 1, results.ratios(
                cancels(1000), cancels(0))));
        List<Question> nested = results.questions("Nested");   // the second is of four times as many
        lines.add(atMost("abort of nested tasks, of four times as many / of fewer", 5, 4, 0, nested.size() < 2
                ? new double[0] : results.ratios(nested.get(1), nested.get(0), "abortMicros")));
        lines.add(retainedAfter("supervised", ""));
        addServers(lines);
        addOperators(lines);
        return String.join("\n", lines) + "\n";
    }

    private String retainedAfter(String by, String of) {
        Retention end = last(by);
        return atMost("retained after " + number(end.tasks / 1e6) + " million tasks" + of + ", KiB", 64, 0, 0,
                end.tasks == 0 ? new double[0] : new double[] {end.bytes / 1024.0});
    }

    /** What servers are built of. */
    private void addServers(List<String> lines) {
        Question limit = timeLimit("timeout", first("TimeLimits", "outstanding"), 1);
        Question none = timeLimit("spawn", first("TimeLimits", "outstanding"), 1);
        lines.add(atMost("a time limit, ns more", 45, 25, 0, results.differences(limit, none)));
        lines.add(atMost("a time limit, bytes more", 24, 8, ROUNDING, results.differences(limit, none, Results.BYTES)));
        for (String outstanding : results.questions("TimeLimits").stream()
                .map(question -> question.get("outstanding")).distinct().toList()) {
            for (int t = 1; t <= 2; t++) {
                String with = " with " + outstanding + " outstanding, threads: " + t;
                lines.add(limitTo("a ScheduledThreadPoolExecutor", "schedule", outstanding, t, with, 0.25, 0.1));
                lines.add(limitTo("HashedWheelTimer", "wheel", outstanding, t, with, 0.8, 0.4));
            }
        }
        List<Question> late = results.questions("Lateness").stream()
                .filter(question -> question.get("method").equals("supervised")).toList();
        for (int size = 0; size < 2; size++) {   // the second is of more tasks
            Question question = size < late.size() ? late.get(size) : Question.of("Lateness method=none");
            lines.add(atMost("lateness of time limits, p99, ms, of live tasks: " + question.get("tasks"),
                    size == 0 ? 3 : 100, size == 0 ? 1 : 30, 0,
                    Arrays.stream(results.scores(question, "p99")).map(nanos -> nanos / 1e6).toArray()));
        }
        lines.add(retainedAfter("limited", " with a time limit"));
        Question plain = option("plain");
        lines.add(atMost("maxTasks, ns more", 25, 15, 0, results.differences(option("maxTasks"), plain)));
        lines.add(atMost("spawnAsync of a completed stage, ns", 120, 60, 0, results.scores(option("async"))));
        lines.add(atMost("submit of the view / of the JDK's executor for virtual threads", 1.10, 1.00, 0,
                results.ratios(spawnJoin("thread.view"), spawnJoin("thread.submit"))));
    }

    /** What operators ask. */
    private void addOperators(List<String> lines) {
        Question nothing = observed("nothing");
        lines.add(atMost("an observer that does nothing, ns more", 60, 45, 0,
                results.differences(observed("observer"), nothing)));
        lines.add(atMost("recordTimes, ns more", 45, 30, 0, results.differences(observed("times"), nothing)));
        lines.add(told("a flight recording, of tasks below its threshold, ns more",
                results.differences(observed("recording"), nothing)));
        lines.add(told("the same without a threshold, ns more",
                results.differences(observed("recordingAll"), nothing)));
        for (Question dump : results.questions("Dump")) {
            lines.add(atMost("dump of " + dump.get("tasks") + " tasks, of which " + dump.get("max") + " are written, ms",
                    1000, 1000, 0, results.scores(dump)));
        }
        lines.add(atMost("stats() with 64 stripes, ns", 1000, 1000, 0,
                results.scores(Question.of("StatsOfStripes method=stats stripes=64 t=1"))));
    }

    private static Question observed(String by) {
        return Question.of("Observed method=spawn by=" + by + " t=1");
    }

    private String limitTo(String whom, String by, String outstanding, int threads, String with, double gate,
            double goal) {
        return atMost("a time limit / a timer of " + whom + with, gate, goal, 0, results.ratiosOfDifference(
                timeLimit("timeout", outstanding, threads), timeLimit("spawn", outstanding, threads),
                timeLimit(by, outstanding, threads)));
    }

    static Question timeLimit(String by, String outstanding, int threads) {
        return Question.of("TimeLimits method=limit by=" + by + " outstanding=" + outstanding + " t=" + threads);
    }

    /** The parameter of the question that was asked first. */
    private String first(String benchmark, String parameter) {
        return results.questions(benchmark).stream().findFirst().map(question -> question.get(parameter)).orElse("");
    }

    private static Question option(String method) {
        return Question.of("Options method=" + method + " t=1");
    }

    private double[] ownBytes() {
        return Arrays.stream(results.differences(abort("supervised"), abort("bare"), "bytesPerTask"))
                .map(bytes -> bytes + BYTES_OF_REFERENCE).toArray();
    }

    private Question manyLive(String method) {
        return results.questions("ManyLive").stream().filter(question -> question.get("method").equals(method))
                .findFirst().orElse(Question.of("ManyLive method=" + method));
    }

    private Question cancels(int everyMicroseconds) {
        return results.questions("Cancels").stream()
                .filter(question -> question.get("everyMicroseconds").equals("" + everyMicroseconds))
                .findFirst().orElse(Question.of("Cancels everyMicroseconds=" + everyMicroseconds));
    }

    private static Question liveSet(String method, int threads) {
        return Question.of("LiveSet method=" + method + " t=" + threads);
    }

    private static Question joined(String state, int threads) {
        return Question.of("Joined method=spawn t=" + threads + " state=" + state);
    }

    private static Question colliding(String stripes) {
        return Question.of("Colliding method=spawn t=1 stripes=" + stripes);
    }

    private static Question spawnJoin(String peer) {
        return Question.of("SpawnJoin method=scope microseconds=0 t=1 peer=" + peer);
    }

    private static Question smallScope(String peer, int tasks) {
        return Question.of("SmallScope method=scope t=1 peer=" + peer + " tasks=" + tasks);
    }

    private Question abort(String by) {
        return results.questions("Abort").stream().filter(question -> question.get("by").equals(by))
                .findFirst().orElse(Question.of("Abort by=" + by));
    }

    private static String atMost(String what, double gate, double goal, double tolerance, double... values) {
        double median = Results.median(values) - tolerance;
        return target(what, "≤ ", gate, goal, values, median <= goal, median <= gate);
    }

    private static String atLeast(String what, double gate, double goal, double... values) {
        double median = Results.median(values);
        return target(what, "≥ ", gate, goal, values, median >= goal, median >= gate);
    }

    private static String target(
            String what, String than, double gate, double goal, double[] values, boolean reached, boolean passed) {
        String verdict = values.length == 0 ? "not measured" : reached ? "goal" : passed ? "gate" : "**missed**";
        return line(what, List.of(than + number(gate), than + number(goal), cell(values), verdict));
    }

    /** For whom there is no target. */
    private static String told(String what, double... values) {
        return line(what, List.of("", "", cell(values), ""));
    }
}
