package dev.supervisor.jfr;

import dev.supervisor.Poll;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** A recording of the library's events alone, and what it has of one supervisor. */
final class EventLog implements AutoCloseable {

    static final List<String> EVENTS = List.of("dev.supervisor.TaskEnd", "dev.supervisor.TaskFailure",
            "dev.supervisor.SpawnRefused", "dev.supervisor.SupervisorOpened", "dev.supervisor.SupervisorFinished");

    private final Recording recording = new Recording();

    /** Records the ends of tasks that take as long as that. */
    static EventLog start(String threshold) {
        EventLog log = new EventLog();
        EVENTS.forEach(name -> log.recording.enable(name));
        log.recording.enable("jdk.ActiveSetting");
        log.recording.enable("dev.supervisor.TaskEnd").with("threshold", threshold);
        log.recording.start();
        return log;
    }

    /** Stops, and returns what there is of a supervisor, in the order of the times at which the events began. */
    List<RecordedEvent> of(String supervisor) throws IOException {
        return of(supervisor, all());
    }

    /** As {@link #of}, once the supervisor's finish is recorded: the thread that does so need not be waited for. */
    List<RecordedEvent> ofFinished(String supervisor) throws IOException {
        Poll.until("the finish is recorded", () -> {
            try {
                return !named(of(supervisor, dumped()), "SupervisorFinished").isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return of(supervisor);
    }

    /** Stops, and returns all. */
    List<RecordedEvent> all() throws IOException {
        recording.stop();
        return dumped();
    }

    private List<RecordedEvent> dumped() throws IOException {
        Path file = dump();
        try {
            return RecordingFile.readAllEvents(file);
        } finally {
            Files.delete(file);
        }
    }

    /** Stops, and returns the file. */
    Path file() throws IOException {
        recording.stop();
        return dump();
    }

    private Path dump() throws IOException {
        Path file = Files.createTempFile("events", ".jfr");
        recording.dump(file);
        return file;
    }

    /** Those of one supervisor. */
    static List<RecordedEvent> of(String supervisor, List<RecordedEvent> events) {
        return events.stream()
                .filter(event -> event.hasField("supervisor") && supervisor.equals(event.getString("supervisor")))
                .toList();
    }

    /** Those of one kind. */
    static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals("dev.supervisor." + name)).toList();
    }

    @Override
    public void close() {
        recording.close();
    }
}
