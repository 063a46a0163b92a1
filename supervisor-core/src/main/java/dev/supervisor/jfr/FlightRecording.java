package dev.supervisor.jfr;

import dev.supervisor.Refusal;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/**
 * The door to the flight recorder. While the recorder was not started in this JVM each method is a look at a field, and
 * makes nothing.
 */
public final class FlightRecording {

    /*
     * An image need not have the module jdk.jfr. So no method of this class has a type of that module in its hands, not
     * even as what it passes on: the verifier would load it. Each event class asks for itself whether it is on.
     *
     * To initialize the first event class takes a tenth of a second, since it makes the recorder load what it knows of
     * types. So event classes are not touched until the recorder was started. `state` says how far that is:
     *
     *   LOADING    the library is being loaded, and what it does is not recorded (FirstUse)
     *   UNASKED    no thread has seen that the recorder was started
     *   USABLE     the event classes are initialized
     *   UNUSABLE   they cannot be: the image has no recorder, a security manager refuses their registration, or the
     *              stack, or the memory, has run out meanwhile. Nothing is recorded
     *
     * Two threads may both find it UNASKED, and do the same.
     *
     * If the stack, or the memory, runs out while an event is written, the event is lost, as the recorder loses events
     * when its buffers are full. What the event tells of goes on: so the engine has nothing to undo here.
     */
    private static final int LOADING = 0;
    private static final int UNASKED = 1;
    private static final int USABLE = 2;
    private static final int UNUSABLE = 3;

    private static volatile int state = LOADING;

    private FlightRecording() { }

    /** The library is loaded: from now on there are events. */
    public static void begin() {
        try {
            Class.forName("jdk.jfr.Event", false, FlightRecording.class.getClassLoader());
            state = UNASKED;
            isUsable();
        } catch (ClassNotFoundException | LinkageError absent) {
            state = UNUSABLE;
        }
    }

    private static boolean isUsable() {
        int now = state;
        return now == USABLE || now == UNASKED && FlightRecorder.isInitialized() && initialize();
    }

    private static boolean initialize() {
        try {
            TaskEnd.isOn();
            TaskFailure.isOn();
            SpawnRefused.isOn();
            SupervisorOpened.isOn();
            SupervisorFinished.isOn();
            state = USABLE;
            return true;
        } catch (LinkageError | SecurityException | StackOverflowError | OutOfMemoryError refused) {
            state = UNUSABLE;
            return false;
        }
    }

    /**
     * {@return whether the ends of tasks are recorded}
     */
    public static boolean recordsTasks() {
        return isUsable() && TaskEnd.isOn();
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
        if (isUsable() && TaskFailure.isOn()) {
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
        if (isUsable() && SpawnRefused.isOn()) {
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
        if (isUsable() && SupervisorOpened.isOn()) {
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
        return isUsable() && SupervisorFinished.isOn();
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
