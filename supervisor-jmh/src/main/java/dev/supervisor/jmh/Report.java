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
 * java -cp supervisor-jmh/target/benchmarks.jar dev.supervisor.jmh.Report docs/benchmarks
 * }</pre>
 */
public final class Report {

    /** Of bytes an operation, a part that is none of its own. */
    private static final double ROUNDING = 0.05;
    private static final String END = "<!-- end -->";
    private static final List<String> PERCENTILES = List.of("p50", "p90", "p99", "p999", "p9999", "max");

    private final Results results;
    private final List<Retention> retained;

    /** How much more the heap held after so many tasks. */
    record Retention(String by, long tasks, long bytes) { }

    private Report(Results results, List<Retention> retained) {
        this.results = results;
        this.retained = retained;
    }

    /**
     * Reads the folder {@code raw} in the folder, and writes the rest.
     *
     * @param args the folder
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Report report = new Report(Results.read(folder.resolve("raw")), retained(folder.resolve("raw/retained.csv")));
        Path readme = folder.resolve("README.md");
        String text = Files.readString(readme);
        text = replace(text, "machine", report.machine());
        text = replace(text, "targets", report.targets());
        text = replace(text, "SpawnJoin", report.table("SpawnJoin", by("peer"), by("microseconds")));
        text = replace(text, "SmallScope", report.table("SmallScope", by("peer"), by("tasks")));
        text = replace(text, "Accounting", report.table("Accounting", by("method", "kind"), by("t")));
        text = replace(text, "LongLived", report.table("LongLived", by("on", "by"), by("t")));
        text = replace(text, "LiveSet", report.table("LiveSet", by("method"), by("t")));
        text = replace(text, "FanIn", report.table("FanIn", by("by"), by("method")));
        text = replace(text, "Latency", report.metrics("Latency", by("method", "peer"), PERCENTILES));
        text = replace(text, "Abort", report.metrics("Abort", by("by"), List.of("bytesPerTask")));
        text = replace(text, "Retained", report.retention());
        Files.writeString(readme, text);
        Plots plots = new Plots(report.results, folder);
        plots.bars();
        plots.scaling();
        plots.latency();
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

    private String machine() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        String processor = !Files.exists(cpuinfo) ? System.getProperty("os.arch")
                : Files.readAllLines(cpuinfo).stream().filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2)).findFirst().orElse("unknown");
        return "%s; %d processors (%s), %s; %d rounds.%n".formatted(results.jdk(),
                Runtime.getRuntime().availableProcessors(), processor, System.getProperty("os.name"), results.rounds());
    }

    // ---- Tables

    private static Function<Question, String> by(String... parameters) {
        return question -> Stream.of(parameters).map(question::get).filter(value -> !value.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /** Median, least and greatest of the rounds, and the bytes allocated. */
    private String table(String benchmark, Function<Question, String> row, Function<Question, String> column) {
        List<Question> questions = results.questions(benchmark);
        List<String> columns = questions.stream().map(column).distinct()
                .sorted(Comparator.comparingInt(Report::numeral)).toList();
        List<String> lines = head(columns);
        for (String name : questions.stream().map(row).distinct().toList()) {
            lines.add(line(name, columns.stream().map(at -> questions.stream()
                    .filter(question -> row.apply(question).equals(name) && column.apply(question).equals(at))
                    .map(question -> cell(results.scores(question), results.scores(question, Results.BYTES)))
                    .findFirst().orElse("")).toList()));
        }
        return String.join("\n", lines) + "\n";
    }

    /** Numbers by size; words stay in their order. */
    private static int numeral(String column) {
        return column.matches("\\d+") ? Integer.parseInt(column) : 0;
    }

    /** The scores and some other measures. */
    private String metrics(String benchmark, Function<Question, String> row, List<String> metrics) {
        List<String> columns = new ArrayList<>(List.of("all, ms"));
        columns.addAll(metrics);
        List<String> lines = head(columns);
        for (Question question : results.questions(benchmark)) {
            List<String> cells = new ArrayList<>(List.of(cell(results.scores(question), new double[0])));
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

    private static String cell(double[] scores, double[] bytes) {
        if (scores.length == 0) {
            return "";
        }
        String range = scores.length == 1 ? ""
                : " (" + number(Arrays.stream(scores).min().getAsDouble())
                        + "–" + number(Arrays.stream(scores).max().getAsDouble()) + ")";
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
        Question common = spawnJoin("common.supervised");
        Question empty = smallScope("thread.supervised", 0);
        Question slots = Question.of("LiveSet method=slots t=1");
        Question slots2 = Question.of("LiveSet method=slots t=2");
        double[] own = results.scores(abort("bare"), "bytesPerTask");
        return String.join("\n", List.of(
                "| what | gate | goal | median (least–greatest) | |", "| --- | ---: | ---: | ---: | --- |",
                atMost("accounting, ns", 25, 15, results.scores(shared)),
                atMost("accounting, bytes", 48, 40, results.scores(shared, Results.BYTES)),
                atLeast("2 threads into one supervisor / into one each", 0.8, 0.95, results.ratios(
                        Question.of("Accounting method=own t=2"), Question.of("Accounting method=shared t=2"))),
                atMost("virtual threads / bare", 1.25, 1.10, results.ratios(threads, spawnJoin("thread.bare"))),
                atMost("virtual threads / StructuredTaskScope", 0.90, 0.75,
                        results.ratios(threads, spawnJoin("thread.structured"))),
                atMost("common pool / bare", 1.30, 1.05, results.ratios(common, spawnJoin("common.bare"))),
                atMost("common pool / Kotlin", 0.40, 0.30, results.ratios(common, spawnJoin("kotlin"))),
                atMost("empty scope / StructuredTaskScope", 0.35, 0.15,
                        results.ratios(empty, smallScope("thread.structured", 0))),
                atMost("empty scope, bytes", 144, 112, results.scores(empty, Results.BYTES)),
                atMost("two tasks / StructuredTaskScope", 1.00, 0.50,
                        results.ratios(smallScope("thread.supervised", 2), smallScope("thread.structured", 2))),
                atMost("abort and join / bare", 1.35, 1.05, results.ratios(abort("supervised"), abort("bare"))),
                atMost("abort and join / StructuredTaskScope", 0.60, 0.35,
                        results.ratios(abort("supervised"), abort("structured"))),
                atMost("own bytes per live task", 80, 48,
                        Arrays.stream(results.scores(abort("supervised"), "bytesPerTask"))
                                .map(bytes -> bytes - Results.median(own)).toArray()),
                atMost("live set, add and remove, 1 thread, ns", 30, 15, results.scores(slots)),
                atMost("live set, add and remove, 2 threads, ns", 30, 15, results.scores(slots2)),
                atLeast("ConcurrentHashMap / live set, 1 thread", 5, 5,
                        results.ratios(Question.of("LiveSet method=keySet t=1"), slots)),
                atLeast("ConcurrentHashMap / live set, 2 threads", 5, 5,
                        results.ratios(Question.of("LiveSet method=keySet t=2"), slots2)),
                atLeast("NonBlockingHashSet / live set, 1 thread", 5, 5,
                        results.ratios(Question.of("LiveSet method=hashSet t=1"), slots)),
                atLeast("NonBlockingHashSet / live set, 2 threads", 5, 5,
                        results.ratios(Question.of("LiveSet method=hashSet t=2"), slots2)),
                atMost("retained after " + number(last("supervised").tasks / 1e6) + " million tasks, KiB", 64, 0,
                        last("supervised").bytes / 1024.0))) + "\n";
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

    private static String atMost(String what, double gate, double goal, double... values) {
        double median = Results.median(values) - ROUNDING;
        return target(what, "≤ ", gate, goal, values, median <= goal, median <= gate);
    }

    private static String atLeast(String what, double gate, double goal, double... values) {
        double median = Results.median(values);
        return target(what, "≥ ", gate, goal, values, median >= goal, median >= gate);
    }

    private static String target(
            String what, String than, double gate, double goal, double[] values, boolean reached, boolean passed) {
        String verdict = values.length == 0 ? "not measured" : reached ? "goal" : passed ? "gate" : "**missed**";
        return line(what, List.of(than + number(gate), than + number(goal), cell(values, new double[0]), verdict));
    }
}
