package dev.supervisor.jfr;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import jdk.jfr.EventType;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * The program that prints what a recording says of supervisors: the slowest tasks, failures by name, refusals (O5).
 */
public final class RecordingReport {

    private static final String USAGE = """
            java -jar supervisor-core.jar RECORDING   prints the slowest tasks, failures and refusals of a recording
            java -jar supervisor-core.jar --settings  prints a settings file for recordings
            """;
    private static final String SETTINGS = "supervisor.jfc";
    /** Rows of each table. */
    private static final int MOST = 20;

    private final PriorityQueue<Slow> slowest = new PriorityQueue<>();
    private final Map<Failing, Count> failures = new HashMap<>();
    private final Map<Refused, Count> refusals = new HashMap<>();
    private long tasks;
    private @Nullable String threshold;
    private long events;

    private RecordingReport() { }

    /** A task that took long. */
    private record Slow(Duration took, Duration queued, Duration ran, String outcome, String task, String supervisor)
            implements Comparable<Slow> {

        @Override
        public int compareTo(Slow other) {
            return took.compareTo(other.took);
        }
    }

    /** Which failures are counted together. */
    private record Failing(String supervisor, String task, String thrown) { }

    /** Which refusals are counted together. */
    private record Refused(String supervisor, String reason) { }

    /** How many, and what the last of them said. */
    private static final class Count {
        long number;
        @Nullable String message;
    }

    /**
     * Prints what a recording says, or the settings file.
     *
     * @param args the recording, or {@code --settings}
     * @throws IOException if the recording cannot be read
     */
    public static void main(String... args) throws IOException {
        if (args.length != 1 || args[0].startsWith("-") && !args[0].equals("--settings")) {
            System.err.print(USAGE);
            System.exit(2);
        } else if (args[0].equals("--settings")) {
            try (InputStream settings = Objects.requireNonNull(
                    RecordingReport.class.getResourceAsStream(SETTINGS), SETTINGS)) {
                settings.transferTo(System.out);
            }
            System.out.flush();
        } else if (!Files.isReadable(Path.of(args[0]))) {
            System.err.println(args[0] + " cannot be read");
            System.exit(1);
        } else {
            print(Path.of(args[0]), System.out);
        }
    }

    /**
     * Prints what a recording says.
     *
     * @param recording the file
     * @param out where to
     * @throws IOException if it cannot be read
     */
    public static void print(Path recording, PrintStream out) throws IOException {
        RecordingReport report = new RecordingReport();
        try (RecordingFile file = new RecordingFile(recording)) {
            long taskEnd = -1;
            for (EventType type : file.readEventTypes()) {
                taskEnd = type.getName().equals("dev.supervisor.TaskEnd") ? type.getId() : taskEnd;
            }
            while (file.hasMoreEvents()) {
                report.add(file.readEvent(), taskEnd);
            }
        }
        report.print(out);
    }

    private void add(RecordedEvent event, long taskEnd) {
        switch (event.getEventType().getName()) {
            case "dev.supervisor.TaskEnd" -> {
                events++;
                tasks++;
                slowest.add(new Slow(event.getDuration(), event.getDuration("queued"), event.getDuration("ran"),
                        string(event, "outcome"), string(event, "task"), string(event, "supervisor")));
                if (slowest.size() > MOST) {
                    slowest.remove();
                }
            }
            case "dev.supervisor.TaskFailure" -> {
                events++;
                count(failures, new Failing(kind(string(event, "supervisor")), kind(string(event, "task")),
                        event.getClass("thrownClass").getName())).message = event.getString("message");
            }
            case "dev.supervisor.SpawnRefused" -> {
                events++;
                count(refusals, new Refused(kind(string(event, "supervisor")), string(event, "reason")));
            }
            case "dev.supervisor.SupervisorOpened", "dev.supervisor.SupervisorFinished" -> events++;
            case "jdk.ActiveSetting" -> {
                if (event.getLong("id") == taskEnd && event.getString("name").equals("threshold")) {
                    threshold = event.getString("value");
                }
            }
            default -> { }
        }
    }

    private static <K> Count count(Map<K, Count> counts, K key) {
        Count count = counts.computeIfAbsent(key, made -> new Count());
        count.number++;
        return count;
    }

    private static String string(RecordedEvent event, String field) {
        return String.valueOf(event.getString(field));
    }

    /** What names have in common that differ in a number, or that the library has made up. */
    private static String kind(String name) {
        return name.replaceFirst("^supervisor-[0-9a-f]+", "(unnamed)").replaceFirst("/task-[0-9a-f]+$", "/(unnamed)")
                .replaceAll("[0-9]+", "#");
    }

    // ---- Printing

    private void print(PrintStream out) {
        if (events == 0) {
            out.println("The recording has no event of a supervisor. They are on by default, from JDK 17 on, in each"
                    + " recording that does not switch them off.");
            return;
        }
        List<Slow> slow = new ArrayList<>(slowest);
        slow.sort(Comparator.reverseOrder());
        out.printf("Slowest tasks, of %d recorded%s%n", tasks,
                threshold == null ? "" : " (those that took " + readable(threshold) + " or longer)");
        out.printf("%12s %12s %12s  %-9s  %s%n", "took", "queued", "ran", "outcome", "task (supervisor)");
        for (Slow task : slow) {
            out.printf("%12s %12s %12s  %-9s  %s (%s)%n", millis(task.took), millis(task.queued), millis(task.ran),
                    task.outcome, task.task, task.supervisor);
        }
        out.printf("%nFailures by name, %d in all (numbers in names are #)%n", sum(failures));
        for (Map.Entry<Failing, Count> row : most(failures)) {
            Failing failing = row.getKey();
            String message = row.getValue().message;
            out.printf("%12d  %s (%s): %s%s%n", row.getValue().number, failing.task, failing.supervisor,
                    failing.thrown, message == null ? "" : ", the last: " + message);
        }
        out.printf("%nRefusals, %d in all%n", sum(refusals));
        for (Map.Entry<Refused, Count> row : most(refusals)) {
            out.printf("%12d  %s: %s%n", row.getValue().number, row.getKey().supervisor, row.getKey().reason);
        }
        out.flush();
    }

    /** The recorder writes "1 ms" as it was given, and what a program has set in nanoseconds. */
    private static String readable(String timespan) {
        return timespan.matches("[0-9]+ ns") ? millis(Duration.ofNanos(Long.parseLong(timespan.replace(" ns", ""))))
                : timespan;
    }

    private static String millis(Duration time) {
        return String.format(Locale.ROOT, "%.3f ms", time.toNanos() / 1e6);
    }

    private static long sum(Map<?, Count> counts) {
        return counts.values().stream().mapToLong(count -> count.number).sum();
    }

    private static <K> List<Map.Entry<K, Count>> most(Map<K, Count> counts) {
        return counts.entrySet().stream()
                .sorted(Comparator.comparingLong(row -> -row.getValue().number)).limit(MOST).toList();
    }
}
