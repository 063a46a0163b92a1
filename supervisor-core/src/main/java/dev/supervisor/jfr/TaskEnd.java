package dev.supervisor.jfr;

import dev.supervisor.Task;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** The life of a task: its duration is the time from the spawn to the end. */
@Name("dev.supervisor.TaskEnd")
@Label("Task")
@Description("The life of a task, from its spawn to its end")
@Threshold("20 ms")
final class TaskEnd extends SupervisorEvent {

    private static final TaskEnd PROBE = new TaskEnd();

    @Label("Task Name")
    @Nullable String task;

    @Label("Outcome")
    @Nullable String outcome;

    @Label("Queued")
    @Description("From the spawn to the start, or to the end of a task that never started")
    @Timespan(Timespan.NANOSECONDS)
    long queued;

    @Label("Ran")
    @Description("From the start to the end of the body; zero if the task never started")
    @Timespan(Timespan.NANOSECONDS)
    long ran;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static Object begun() {
        TaskEnd event = new TaskEnd();
        event.begin();
        return event;
    }

    static void commit(Object begun, Task<?> task, long queued, long ran) {
        TaskEnd event = (TaskEnd) begun;
        event.end();
        if (event.shouldCommit()) {
            event.task = task.name();
            event.supervisor = task.supervisor().name();
            event.outcome = task.status().name();
            event.queued = queued;
            event.ran = ran;
            event.commit();
        }
    }
}
