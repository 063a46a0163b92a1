package dev.supervisor.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.ChildJvm;
import dev.supervisor.GatedTask;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Overflow;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import dev.supervisor.engine.Peek;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a flight recording has of supervisors and tasks, and what it costs to have none: O5. */
class FlightRecordingTest {

    private static final String NAME = "recorded";

    private static Supervisor.Builder builder(Kind kind) {
        return kind.builder().name(NAME).unowned();
    }

    private static Object failing() {
        throw new IllegalStateException("on purpose");
    }

    private static List<String> strings(List<RecordedEvent> events, String... fields) {
        List<String> rows = new ArrayList<>();
        for (RecordedEvent event : events) {
            List<String> row = new ArrayList<>();
            for (String field : fields) {
                row.add(field.equals("thrownClass") ? event.getClass(field).getName() : event.getString(field));
            }
            rows.add(String.join(" ", row));
        }
        return rows.stream().sorted().toList();
    }

    // the end of a task

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o5_eachEndIsRecordedOnce(Kind kind) throws Exception {
        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = builder(kind).open();
            supervisor.spawn("good", () -> 1);
            supervisor.spawn("bad", FlightRecordingTest::failing);
            supervisor.spawn("cancelled", () -> {
                throw new CancellationException("on purpose");
            });
            supervisor.spec("spec").timeout(Duration.ofHours(1)).onDone(done -> { }).spawn(() -> 1);
            supervisor.join();
            List<RecordedEvent> ends = EventLog.named(log.of(NAME), "TaskEnd");
            assertEquals(List.of("bad FAILED", "cancelled CANCELLED", "good SUCCEEDED", "spec SUCCEEDED"),
                    strings(ends, "task", "outcome"));
        }
    }

    @Test
    void o5_tasksOfEveryFormAreRecorded() throws Exception {
        LateExecutor late = new LateExecutor();
        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = builder(Kind.POOLED).decorator(task -> task::run).open();
            CompletableFuture<Integer> stage = new CompletableFuture<>();
            supervisor.spec("async").spawnAsync(() -> stage);
            stage.complete(1);
            supervisor.asExecutorService().submit(() -> 1).get();
            supervisor.trySpawn(() -> 1);
            supervisor.join();
            Supervisor dropping = Supervisor.builder().name("dropping").unowned().executor(late).open();
            dropping.spawn("dropped", () -> 1).cancel();
            dropping.spawn("aborted", () -> 1);
            dropping.abort();
            List<RecordedEvent> all = log.all();
            assertEquals(3, EventLog.named(EventLog.of(NAME, all), "TaskEnd").size());
            List<RecordedEvent> unrun = EventLog.named(EventLog.of("dropping", all), "TaskEnd");
            assertEquals(List.of("aborted CANCELLED", "dropped CANCELLED"), strings(unrun, "task", "outcome"));
            unrun.forEach(end -> assertEquals(Duration.ZERO, end.getDuration("ran")));
        }
    }

    @Test
    void o5_theTimesAreThoseInTheQueueAndInTheBody() throws Exception {
        LateExecutor late = new LateExecutor();
        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = Supervisor.builder().name(NAME).unowned().executor(late).open();
            supervisor.spawn("timed", () -> Poll.spend(2_000_000));
            Poll.spend(2_000_000);
            late.runAll();
            supervisor.join();
            RecordedEvent end = EventLog.named(log.of(NAME), "TaskEnd").get(0);
            Duration two = Duration.ofMillis(2);
            assertTrue(end.getDuration("queued").compareTo(two) >= 0, "it was queued meanwhile");
            assertTrue(end.getDuration("ran").compareTo(two) >= 0, "it ran meanwhile");
            assertTrue(end.getDuration().compareTo(Duration.ofMillis(4)) >= 0, "from the spawn to the end");
        }
    }

    @Test
    void o5_aTaskShorterThanTheThresholdIsNotRecordedAndItsFailureIs() throws Exception {
        try (EventLog log = EventLog.start("1 h")) {
            Supervisor supervisor = builder(Kind.POOLED).open();
            supervisor.spawn("bad", FlightRecordingTest::failing);
            supervisor.join();
            List<RecordedEvent> events = log.of(NAME);
            assertEquals(List.of(), EventLog.named(events, "TaskEnd"));
            assertEquals(List.of("bad java.lang.IllegalStateException on purpose"),
                    strings(EventLog.named(events, "TaskFailure"), "task", "thrownClass", "message"));
        }
    }

    @Test
    void o5_anObserverIsToldBesides() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        TaskObserver observer = new TaskObserver() {
            @Override
            public void ended(Task<?> task, long queuedNanos, long ranNanos) {
                ended.incrementAndGet();
                throw new IllegalStateException("on purpose");
            }
        };
        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = builder(Kind.CALLER_RUNS).observer(observer).open();
            Thread me = Thread.currentThread();
            Thread.UncaughtExceptionHandler before = me.getUncaughtExceptionHandler();
            me.setUncaughtExceptionHandler((thread, thrown) -> { });
            try {
                supervisor.spawn("observed", () -> 1);
            } finally {
                me.setUncaughtExceptionHandler(before);
            }
            supervisor.join();
            assertEquals(1, EventLog.named(log.of(NAME), "TaskEnd").size());
        }
        assertEquals(1, ended.get());
    }

    @Test
    void o5_aTaskThatIsCancelledAsItEndsIsRecordedOnce() throws Exception {
        int rounds = 500;
        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = builder(Kind.POOLED).open();
            for (int i = 0; i < rounds; i++) {
                Task<?> task = supervisor.spawn("round", () -> 1);
                if (ThreadLocalRandom.current().nextBoolean()) {
                    Thread.onSpinWait();
                }
                task.cancel();
            }
            supervisor.join();
            List<RecordedEvent> events = log.ofFinished(NAME);
            assertEquals(rounds, EventLog.named(events, "TaskEnd").size());
            RecordedEvent finished = EventLog.named(events, "SupervisorFinished").get(0);
            assertEquals(rounds, finished.getLong("succeeded") + finished.getLong("cancelled"));
        }
    }

    // failures

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void o5_aFailureIsRecordedThoughItsSpawnWasNot(Kind kind) throws Exception {
        Supervisor supervisor = builder(kind).open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        try (EventLog log = EventLog.start("0 ms")) {
            gated.fail(new IOException("disk"));
            supervisor.join();
            List<RecordedEvent> events = log.of(NAME);
            assertEquals(List.of(), EventLog.named(events, "TaskEnd"));
            assertEquals(List.of("java.io.IOException disk"),
                    strings(EventLog.named(events, "TaskFailure"), "thrownClass", "message"));
        }
    }

    @Test
    void o5_aFailureThatCannotTellItsMessageIsRecorded() throws Exception {
        class Silent extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new IllegalStateException("on purpose");
            }
        }

        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = builder(Kind.POOLED).open();
            supervisor.spawn(() -> {
                throw new Silent();
            });
            supervisor.join();
            assertEquals(List.of("(unreadable)"),
                    strings(EventLog.named(log.of(NAME), "TaskFailure"), "message"));
        }
    }

    // refusals

    @Test
    void o5_aRefusalIsRecordedWithItsReason() throws Exception {
        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = builder(Kind.POOLED).maxTasks(1, Overflow.REJECT).open();
            GatedTask gated = GatedTask.stubborn(Kind.POOLED, supervisor);
            assertNull(supervisor.trySpawn(() -> 1));
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            supervisor.seal();
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            supervisor.abort();
            assertThrows(RejectedExecutionException.class, () -> supervisor.spawn(() -> 1));
            gated.release();
            supervisor.shutdown();
            List<RecordedEvent> events = log.ofFinished(NAME);
            assertEquals(List.of("FULL", "FULL", "SEALED", "SHUTTING_DOWN"),
                    strings(EventLog.named(events, "SpawnRefused"), "reason"));
            assertEquals(4, EventLog.named(events, "SupervisorFinished").get(0).getLong("refused"));
        }
    }

    // supervisors

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#all")
    void o5_theOpeningAndTheFinishAreRecordedOnce(Kind kind) throws Exception {
        try (EventLog log = EventLog.start("0 ms")) {
            try (Supervisor supervisor = kind.builder().name(NAME).open()) {
                supervisor.spawn(() -> 1);
                supervisor.spawn(FlightRecordingTest::failing);
                supervisor.join();
                supervisor.abort();
            }
            List<RecordedEvent> events = log.ofFinished(NAME);
            assertEquals(1, EventLog.named(events, "SupervisorOpened").size());
            RecordedEvent finished = EventLog.named(events, "SupervisorFinished").get(0);
            assertEquals(1, EventLog.named(events, "SupervisorFinished").size());
            assertEquals(2, finished.getLong("accepted"));
            assertEquals(1, finished.getLong("succeeded"));
            assertEquals(1, finished.getLong("failed"));
        }
    }

    @Test
    void o5_aSupervisorWithoutTasksAndWithoutANameIsRecordedToo() throws Exception {
        try (EventLog log = EventLog.start("0 ms")) {
            Supervisor supervisor = Supervisor.open();
            supervisor.close();
            List<RecordedEvent> events = log.of(supervisor.name());
            assertEquals(1, EventLog.named(events, "SupervisorOpened").size());
            assertEquals(1, EventLog.named(events, "SupervisorFinished").size());
        }
    }

    // the cost of none

    @ParameterizedTest
    @MethodSource("dev.supervisor.Kind#concurrent")
    void o5_nothingIsMadeWhileItIsOff(Kind kind) throws Exception {
        Supervisor supervisor = builder(kind).open();
        GatedTask gated = GatedTask.stubborn(kind, supervisor);
        assertFalse(FlightRecording.recordsTasks());
        assertNull(FlightRecording.taskSpawned());
        assertFalse(Peek.isRecorded(gated.task()));
        try (EventLog log = EventLog.start("0 ms")) {
            assertTrue(Peek.isRecorded(GatedTask.yielding(kind, supervisor).task()), "the same while it is on");
            gated.release();
            supervisor.shutdown();
            assertEquals(1, EventLog.named(log.of(NAME), "TaskEnd").size(), "that of the second task");
        }
    }

    /** To load what the recorder knows of types takes a tenth of a second. */
    @Test
    void o5_theRecorderIsNotLoadedUntilSomebodyRecords() throws Exception {
        Path loaded = Files.createTempFile("loaded", ".txt");
        try {
            String output = ChildJvm.run(List.of("-Xlog:class+load:file=" + loaded), RecordedProgram.class);
            assertTrue(output.contains(RecordedProgram.END), output);
            String classes = Files.readString(loaded);
            assertTrue(classes.contains("dev.supervisor.jfr.FlightRecording "), "the library's");
            assertFalse(classes.contains("dev.supervisor.jfr.TaskEnd "), "an event class");
        } finally {
            Files.delete(loaded);
        }
    }

    @Test
    void o5_theEventsAreOfOneCategoryAndHaveNoStack() {
        Set<String> found = new TreeSet<>();
        FlightRecorder.register(TaskEnd.class);
        FlightRecorder.register(TaskFailure.class);
        FlightRecorder.register(SpawnRefused.class);
        FlightRecorder.register(SupervisorOpened.class);
        FlightRecorder.register(SupervisorFinished.class);
        FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .filter(type -> type.getName().startsWith("dev.supervisor."))
                .forEach(type -> {
                    found.add(type.getName());
                    assertEquals(List.of("Supervisor"), type.getCategoryNames());
                    assertEquals("false", type.getSettingDescriptors().stream()
                            .filter(setting -> setting.getName().equals("stackTrace"))
                            .map(setting -> setting.getDefaultValue()).collect(Collectors.joining()));
                });
        assertEquals(new TreeSet<>(EventLog.EVENTS), found);
    }

    /** What the library does as it is loaded is not recorded. */
    @Test
    void o5_firstUseIsNotRecorded() throws Exception {
        Path recording = Files.createTempFile("first-use", ".jfr");
        try {
            String output = ChildJvm.run(List.of("-XX:StartFlightRecording:filename=" + recording),
                    RecordedProgram.class);
            assertTrue(output.contains(RecordedProgram.END), output);
            List<String> supervisors = RecordingFile.readAllEvents(recording).stream()
                    .filter(event -> event.getEventType().getName().startsWith("dev.supervisor."))
                    .map(event -> event.getEventType().getName() + " " + event.getString("supervisor")).toList();
            assertEquals(List.of("dev.supervisor.SpawnRefused program", "dev.supervisor.SupervisorFinished program",
                    "dev.supervisor.SupervisorOpened program", "dev.supervisor.TaskEnd program",
                    "dev.supervisor.TaskFailure program"), supervisors.stream().sorted().toList());
        } finally {
            Files.delete(recording);
        }
        Poll.until("no stray recording", () -> !FlightRecording.recordsTasks());
    }
}
