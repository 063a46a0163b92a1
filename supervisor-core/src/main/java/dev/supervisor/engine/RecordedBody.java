package dev.supervisor.engine;

import dev.supervisor.Refusal;
import dev.supervisor.TaskObserver;
import dev.supervisor.jfr.FlightRecording;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A body whose times are recorded, and of whose task an observer and the flight recorder are told (O4, O5). It stands
 * inside of all decorators, and is the first node of the task's list but for one of our own.
 */
final class RecordedBody extends Callback implements Callable<@Nullable Object> {

    /*
     * The observer is told of the end in the steps of Completion, or by the spawner, and never before it was told that
     * the task was accepted. An abort can drop a task while its spawner has not come so far, or is in the middle of it.
     * `told` decides:
     *
     *   SPAWNING   the spawner has not told, or is about to
     *   ACCEPTED   it has: the completer tells of the end
     *   MISSED     the task has ended before that: the spawner tells of both; of neither if the spawn throws
     *
     * The spawner tells, then goes from SPAWNING to ACCEPTED by CAS; a completer goes from SPAWNING to MISSED by CAS. One
     * of them succeeds, and the other sees it. (Race33d_AcceptedBeforeEnded.) A task whose body runs is ACCEPTED, for its
     * spawner asks the executor after that. A completion can be begun again (Completion); so who tells of the end claims
     * the node first, as for a callback. The flight recorder has no event of the acceptance: if it alone is told, the
     * completer tells it.
     *
     * An interrupt that comes while the observer is told of the start is meant for the body. The observer may clear the
     * status; so it is set again if the task's word says that the task was interrupted, once no canceller is in the
     * middle of that. (Race33e_StartedKeepsInterrupt.)
     *
     * The times are written by the thread that has the task in hand, and read by the one that completes it.
     */
    static final long UNKNOWN = -1;

    private static final int SPAWNING = 0;
    private static final int ACCEPTED = 1;
    private static final int MISSED = 2;

    /** What there is to claim. */
    private static final Object END = new Object();
    private static final long NEVER = 0;

    private static final VarHandle TOLD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "told", VarHandle.class, RecordedBody.class, int.class);

    private final SupervisedTask<?> task;
    final Object body;
    private final long spawned = Deadlines.now();
    private final @Nullable Object event = FlightRecording.taskSpawned();
    private long started = NEVER;
    private long ended = NEVER;
    private volatile int told = SPAWNING;

    RecordedBody(SupervisedTask<?> task, Object body) {
        super(END);
        this.task = task;
        this.body = body;
    }

    /** That of a task, or null: if nothing is recorded, or the task is completed. */
    static @Nullable RecordedBody of(SupervisedTask<?> task) {
        for (Callback node = task.newestCallback(); node != null; node = node.next) {
            if (node instanceof RecordedBody recorded) {
                return recorded;
            }
        }
        return null;
    }

    /** How many nanoseconds ago a live task was spawned, if that is recorded or it has a time limit; else UNKNOWN. */
    static long age(SupervisedTask<?> task) {
        RecordedBody recorded = of(task);
        long since = recorded != null ? recorded.spawned : task.limitedSince();
        return since == NEVER ? UNKNOWN : Deadlines.now() - since;
    }

    // ---- By the spawner

    /** The task is counted in and added, and no thread has been asked to run it. */
    void accepted() {
        TaskObserver observer = observer(task.scope);
        if (observer == null) {
            return;
        }
        WindowStack stack = Chain.stack();
        stack.pushCallbacks(WindowStack.LATE_CALLBACK);
        try {
            try {
                observer.accepted(task);
            } catch (Throwable thrown) {
                report(thrown);
            }
            if (!TOLD.compareAndSet(this, SPAWNING, ACCEPTED)) {   // decides Race33d_AcceptedBeforeEnded
                tellEnded(observer, stack);
            }
        } finally {
            stack.pop(WindowStack.LATE_CALLBACK);
        }
    }

    /** A spawn is about to throw, or to return null. */
    static void refused(Scope scope, Refusal reason) {
        TaskObserver observer = observer(scope);
        if (observer == null) {
            return;
        }
        WindowStack stack = Chain.stack();
        stack.pushCallbacks(WindowStack.LATE_CALLBACK);
        try {
            observer.refused(scope, reason);
        } catch (Throwable thrown) {
            FatalErrors.handle(scope, thrown);
            Uncaught.report("The observer", scope, thrown);
        } finally {
            stack.pop(WindowStack.LATE_CALLBACK);
        }
    }

    // ---- By the runner

    /** Runs the body. */
    @Override
    public @Nullable Object call() throws Exception {
        TaskObserver observer = observer(task.scope);
        if (observer == null && event == null) {   // nobody is to know more than the age
            return TaskBody.callBody(body);
        }
        started = Deadlines.now();
        if (observer != null) {
            tellStarted(observer);
        }
        try {
            return TaskBody.callBody(body);
        } finally {
            if (!(task instanceof AsyncTask)) {   // which goes on
                ended = Deadlines.now();
            }
        }
    }

    private void tellStarted(TaskObserver observer) {
        boolean status = Thread.interrupted();
        try {
            observer.started(task);
        } catch (Throwable thrown) {
            report(thrown);
        }
        if (status || (task.awaitCanceller() & Window.INTERRUPTED) != 0) {   // decides Race33e_StartedKeepsInterrupt
            Window.setStatus();
        }
    }

    // ---- By the completer

    /** Tells who is to know of the end of a task, unless that was done or is for the spawner to do. */
    static void ended(SupervisedTask<?> task, @Nullable WindowStack stack) {
        TaskObserver observer = observer(task.scope);
        RecordedBody recorded = observer == null && !FlightRecording.recordsTasks() ? null : of(task);
        if (recorded != null) {
            recorded.ended(observer, stack);
        }
    }

    private void ended(@Nullable TaskObserver observer, @Nullable WindowStack stack) {
        if (ended == NEVER) {
            ended = Deadlines.now();
        }
        TOLD.compareAndSet(this, SPAWNING, MISSED);   // decides Race33d_AcceptedBeforeEnded
        if (observer == null || told == ACCEPTED) {
            tellEnded(observer, stack);
        }
    }

    private void tellEnded(@Nullable TaskObserver observer, @Nullable WindowStack stack) {
        long end = ended;
        long start = started == NEVER ? end : started;
        Completion.clearStatus(stack);   // before the claim, since it may be cut off
        if (take() != null) {
            try {
                if (observer != null) {
                    observer.ended(task, start - spawned, end - start);
                }
            } catch (Throwable thrown) {
                report(thrown);
            }
            FlightRecording.taskEnded(event, task, start - spawned, end - start);
        }
    }

    // ---- The observer

    /** Who is to be told, or null. */
    private static @Nullable TaskObserver observer(Scope scope) {
        TaskObserver observer = scope.settings.observer();
        return observer == Settings.NO_OBSERVER ? null : observer;
    }

    private void report(Throwable thrown) {
        FatalErrors.reportThrown("The observer", task, thrown);
    }
}
