package dev.supervisor.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.ChildJvm;
import dev.supervisor.FailureHandler;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;

/** The program that prints what a recording says, and the settings file: O5. */
class RecordingReportTest {

    private static String report(Path recording) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RecordingReport.print(recording, new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String report(EventLog log) throws IOException {
        Path file = log.file();
        try {
            return report(file);
        } finally {
            Files.delete(file);
        }
    }

    private static void spawnSome() throws InterruptedException {
        LateExecutor late = new LateExecutor();
        Supervisor supervisor = Supervisor.builder().name("7").unowned().executor(late)
                .onFailure(FailureHandler.ignore()).open();
        for (int i = 0; i < 30; i++) {
            String order = "order-" + i;
            supervisor.spawn(order, () -> {
                throw new IOException(order);
            });
        }
        supervisor.spawn("slow", () -> Poll.spend(200_000_000));
        supervisor.spawn(() -> {
            throw new IllegalStateException();
        });
        late.runAll();
        supervisor.join();
        for (int i = 0; i < 3; i++) {
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
        }
    }

    @Test
    void o5_theReportHasTheSlowestTasksTheFailuresByNameAndTheRefusals() throws Exception {
        try (EventLog log = EventLog.start("0 ms")) {
            spawnSome();
            String report = report(log);
            List<String> lines = report.lines().toList();
            assertEquals("Slowest tasks, of 32 recorded (those that took 0 ms or longer)", lines.get(0));
            assertTrue(lines.stream().limit(22).anyMatch(
                    line -> line.matches(" +[0-9.]+ ms +[0-9.]+ ms +[0-9.]+ ms  SUCCEEDED  slow \\(7\\)")), report);
            assertEquals(20, lines.indexOf("") - 2, "so many of them");
            assertTrue(report.contains("Failures by name, 31 in all"), report);
            assertTrue(report.contains("30  order-# (#): java.io.IOException, the last: order-29"), report);
            assertTrue(report.contains("1  #/(unnamed) (#): java.lang.IllegalStateException\n"
                    .replace("\n", System.lineSeparator())), report);
            assertTrue(report.contains("Refusals, 3 in all"), report);
            assertTrue(report.contains("3  #: FINISHED"), report);
        }
    }

    @Test
    void o5_theReportSaysWhichTasksWereRecorded() throws Exception {
        try (EventLog log = EventLog.start("10 ms")) {
            spawnSome();
            String report = report(log);
            assertTrue(report.contains("(those that took 10 ms or longer)"), report);
        }
    }

    @Test
    void o5_aRecordingWithoutSupervisorsSaysSo() throws Exception {
        Path file = Files.createTempFile("empty", ".jfr");
        try (Recording recording = new Recording()) {
            EventLog.EVENTS.forEach(recording::disable);
            recording.start();
            spawnSome();
            recording.stop();
            recording.dump(file);
            assertTrue(report(file).startsWith("The recording has no event of a supervisor."));
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void o5_theSettingsFileSetsEveryEvent() throws Exception {
        try (Reader reader = new InputStreamReader(
                RecordingReport.class.getResourceAsStream("supervisor.jfc"), StandardCharsets.UTF_8)) {
            Map<String, String> settings = Configuration.create(reader).getSettings();
            assertEquals("1 ms", settings.get("dev.supervisor.TaskEnd#threshold"));
            assertEquals(EventLog.EVENTS.stream().sorted().toList(), settings.entrySet().stream()
                    .filter(setting -> setting.getKey().endsWith("#enabled") && setting.getValue().equals("true"))
                    .map(setting -> setting.getKey().replace("#enabled", "")).sorted().collect(Collectors.toList()));
        }
    }

    // the command

    @Test
    void o5_theCommandPrintsTheReportOfARecordingWithTheSettingsFile() throws Exception {
        Path directory = Files.createTempDirectory("recording");
        Path settings = directory.resolve("supervisor.jfc");
        Path recording = directory.resolve("program.jfr");
        try {
            Files.writeString(settings, ChildJvm.run(List.of(), RecordingReport.class, "--settings"));
            String output = ChildJvm.run(List.of("-XX:StartFlightRecording:filename=" + recording
                    + ",settings=default,settings=" + settings), RecordedProgram.class);
            assertTrue(output.contains(RecordedProgram.END), output);
            String report = ChildJvm.run(List.of(), RecordingReport.class, recording.toString());
            assertTrue(report.contains("slow (program)"), report);
            assertTrue(report.contains("(those that took 1 ms or longer)"), report);
            assertTrue(report.contains("1  slow (program): java.lang.IllegalStateException, the last: on purpose"), report);
            assertTrue(report.contains("1  program: FINISHED"), report);
        } finally {
            Files.deleteIfExists(settings);
            Files.deleteIfExists(recording);
            Files.delete(directory);
        }
    }

    @Test
    void o5_theCommandSaysHowItIsUsed() throws Exception {
        assertTrue(ChildJvm.run(List.of(), RecordingReport.class).startsWith("java -jar supervisor-core.jar RECORDING"));
        assertTrue(ChildJvm.run(List.of(), RecordingReport.class, "--help").contains("--settings"));
        String missing = ChildJvm.run(List.of(), RecordingReport.class, "missing.jfr");
        assertTrue(missing.contains("missing.jfr cannot be read"), missing);
        assertFalse(missing.contains("Exception"), missing);
    }
}
