package dev.supervisor.jfr;

import dev.supervisor.Task;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** A task has failed: recorded however short it was, and whether or not its spawn was. */
@Name("dev.supervisor.TaskFailure")
@Label("Task Failure")
@Description("A task has failed")
final class TaskFailure extends SupervisorEvent {

    private static final TaskFailure PROBE = new TaskFailure();

    @Label("Task Name")
    @Nullable String task;

    @Label("Class")
    @Description("The class of what the body has thrown")
    @Nullable Class<?> thrownClass;

    @Label("Message")
    @Nullable String message;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void commit(Task<?> task, Throwable failure) {
        TaskFailure event = new TaskFailure();
        event.task = task.name();
        event.supervisor = task.supervisor().name();
        event.thrownClass = failure.getClass();
        event.message = message(failure);
        event.commit();
    }

    /** What the user's code says of itself, which may fail, too. */
    private static @Nullable String message(Throwable failure) {
        try {
            return failure.getMessage();
        } catch (RuntimeException thrown) {
            return "(unreadable)";
        }
    }
}
