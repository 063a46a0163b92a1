package dev.supervisor.jfr;

import dev.supervisor.Refusal;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.jspecify.annotations.Nullable;

/**
 * The door to the flight recorder. While no recording runs, each method is a look at a constant, and makes nothing.
 */
public final class FlightRecording {

    /*
     * An image need not have the module jdk.jfr. So no method of this class names a type of that module, not even
     * as what it passes on: the verifier would load it. Each event class asks for itself whether it is on, by an instance
     * that is made once: `isEnabled` returns a constant until the first recording starts.
     *
     * If the stack, or the memory, runs out while an event is written, the event is lost, as the recorder loses events
     * when its buffers are full. What the event tells of goes on: so the engine has nothing to undo here.
     */
    private static final boolean PRESENT = isPresent();

    /** Set once, by the thread that loads the library, when that has used everything. */
    private static boolean ready;

    private FlightRecording() { }

    private static boolean isPresent() {
        try {
            Class.forName("jdk.jfr.Event", false, FlightRecording.class.getClassLoader());
            TaskEnd.isOn();   // and so on: a security manager may refuse the registration of event classes
            TaskFailure.isOn();
            SpawnRefused.isOn();
            SupervisorOpened.isOn();
            SupervisorFinished.isOn();
            return true;
        } catch (ClassNotFoundException | LinkageError | SecurityException absent) {
            return false;
        }
    }

    /** From now on there are events: what the library does as it is loaded is not to be recorded. */
    public static void begin() {
        ready = true;
    }

    /**
     * {@return whether the ends of tasks are recorded}
     */
    public static boolean recordsTasks() {
        return PRESENT && TaskEnd.isOn() && ready;
    }

    /**
     * A task is spawned.
     *
     * @return the event, which has begun; null if it is off
     */
    public static @Nullable Object taskSpawned() {
        return recordsTasks() ? TaskEnd.begun() : null;
    }

    /**
     * A task has ended.
     *
     * @param event what {@link #taskSpawned} has returned
     * @param task the task
     * @param queuedNanos the nanoseconds from the spawn to the start
     * @param ranNanos the nanoseconds from the start to the end of the body
     */
    public static void taskEnded(@Nullable Object event, Task<?> task, long queuedNanos, long ranNanos) {
        if (event != null) {
            try {
                TaskEnd.commit(event, task, queuedNanos, ranNanos);
            } catch (StackOverflowError | OutOfMemoryError lost) {
                // The event alone.
            }
        }
    }

    /**
     * A task has failed, and its failure was reported.
     *
     * @param task the task
     * @param failure what its body has thrown
     */
    public static void taskFailed(Task<?> task, Throwable failure) {
        if (PRESENT && TaskFailure.isOn() && ready) {
            try {
                TaskFailure.commit(task, failure);
            } catch (StackOverflowError | OutOfMemoryError lost) {
                // The event alone.
            }
        }
    }

    /**
     * A spawn was refused.
     *
     * @param supervisor the supervisor
     * @param reason the reason
     */
    public static void refused(Supervisor supervisor, Refusal reason) {
        if (PRESENT && SpawnRefused.isOn() && ready) {
            try {
                SpawnRefused.commit(supervisor, reason);
            } catch (StackOverflowError | OutOfMemoryError lost) {
                // The event alone.
            }
        }
    }

    /**
     * A supervisor was opened.
     *
     * @param supervisor the supervisor
     */
    public static void opened(Supervisor supervisor) {
        if (PRESENT && SupervisorOpened.isOn() && ready) {
            try {
                SupervisorOpened.commit(supervisor);
            } catch (StackOverflowError | OutOfMemoryError lost) {
                // The event alone.
            }
        }
    }

    /**
     * {@return whether the ends of supervisors are recorded}
     */
    public static boolean recordsFinishes() {
        return PRESENT && SupervisorFinished.isOn() && ready;
    }

    /**
     * A supervisor is finished; to be called once, if {@link #recordsFinishes}.
     *
     * @param supervisor the supervisor
     */
    public static void finished(Supervisor supervisor) {
        try {
            SupervisorFinished.commit(supervisor);
        } catch (StackOverflowError | OutOfMemoryError lost) {
            // The event alone.
        }
    }
}
