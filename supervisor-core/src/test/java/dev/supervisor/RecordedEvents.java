package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An observer that notes what it is told, of each task and of all; and what it does besides, a test can override. */
class RecordedEvents implements TaskObserver {

    private final Map<Task<?>, Queue<String>> ofTask = new ConcurrentHashMap<>();
    private final Queue<String> all = new ConcurrentLinkedQueue<>();
    private final Queue<Refusal> refusals = new ConcurrentLinkedQueue<>();
    private final Map<Task<?>, long[]> times = new ConcurrentHashMap<>();

    void note(Task<?> task, String event) {
        ofTask.computeIfAbsent(task, key -> new ConcurrentLinkedQueue<>()).add(event);
        all.add(event);
    }

    @Override
    public void accepted(Task<?> task) {
        note(task, "accepted");
    }

    @Override
    public void started(Task<?> task) {
        note(task, "started");
    }

    @Override
    public void ended(Task<?> task, long queuedNanos, long ranNanos) {
        times.put(task, new long[] {queuedNanos, ranNanos});
        note(task, "ended " + task.status());
    }

    @Override
    public void refused(Supervisor supervisor, Refusal reason) {
        refusals.add(reason);
        all.add("refused " + reason);
    }

    List<String> of(Task<?> task) {
        return List.copyOf(ofTask.getOrDefault(task, new ConcurrentLinkedQueue<>()));
    }

    List<String> all() {
        return List.copyOf(all);
    }

    List<Refusal> refusals() {
        return List.copyOf(refusals);
    }

    Map<Task<?>, Queue<String>> byTask() {
        return ofTask;
    }

    long queuedNanos(Task<?> task) {
        return times.get(task)[0];
    }

    long ranNanos(Task<?> task) {
        return times.get(task)[1];
    }

    /** Waits for the end of this task, and asserts that there were these events and no others. */
    void assertEvents(Task<?> task, String... events) {
        Poll.until("ended: " + task, () -> times.containsKey(task) && of(task).size() >= events.length);
        assertEquals(List.of(events), of(task));
        assertTrue(queuedNanos(task) >= 0 && ranNanos(task) >= 0, task::toString);
    }
}
