package dev.supervisor.engine;

import dev.supervisor.Task;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * One task: its runner against threads that cancel it, undo its spawn, or register callbacks (E1, E4, A6, C1, C6;
 * {@link TaskState}).
 *
 * <p>The claim: every step is atomic, and together they are the state machine below. The body runs at most once. One
 * thread alone has to clean up. The interrupt comes once at most, and inside of the body's window. The completer calls
 * each callback that was registered before the end, and the registrant calls one that comes later: once.
 *
 * <p>The runner's thread is one that only counts its interrupts.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck08_TaskStateTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck08_TaskStateTest {

    private static final String RUNNER = "runner";
    private static final Consumer<Task<?>> OBSERVER = task -> { };

    @Test
    void e1_fromPending() {
        Interleavings.options(20, 150).threads(3).actorsBefore(0)
                .sequentialSpecification(SequentialFromPending.class).check(FromPending.class);
    }

    @Test
    void c6_fromRunning() {
        Interleavings.options(20, 150).threads(3).actorsBefore(0).actorsPerThread(1)
                .sequentialSpecification(SequentialFromRunning.class).check(FromRunning.class);
    }

    /** A task whose runner takes one step after the other. */
    public abstract static class Concurrent {

        private final SupervisedTask<?> task = new SupervisedTask<>(Given.unowned(), Given.NOTHING, null);
        private final NotedThread runner = new NotedThread();
        private boolean claimed;
        private boolean running;

        @Operation(nonParallelGroup = RUNNER)
        public boolean claim() {
            boolean won = task.claim(TaskState.STARTING);
            claimed |= won;
            return won;
        }

        @Operation(nonParallelGroup = RUNNER)
        public String start() {
            if (!claimed || running || task.isDone()) {
                return "not now";
            }
            running = task.start(runner);
            return running ? "running" : "dropped " + complete();
        }

        @Operation(nonParallelGroup = RUNNER)
        public String end() {
            if (!running) {
                return "not now";
            }
            running = false;
            claimed = false;
            boolean delivered = task.end(null, TaskState.SUCCEEDED, TaskState.CANCELLED);
            return (delivered ? "interrupted, " : "not interrupted, ") + runner.interrupts + " times, " + complete();
        }

        @Operation
        public String request(boolean interrupt) {
            int asked = task.request(interrupt);
            return asked == TaskState.DROPPED ? dropped() : asked == 0 ? "done" : "requested";
        }

        @Operation
        public String refuse() {
            return task.refuse() ? dropped() : "not pending";
        }

        @Operation
        public boolean register() {
            Callback node = new Callback(OBSERVER);
            task.register(node);
            return !task.isDone() || node.claim() == null;
        }

        @Operation
        public Task.Status status() {
            return task.status();
        }

        /** The task is interrupted once at most, and not at all if it has succeeded. */
        @Validate
        public void isInterruptedOnceAtMost() {
            if (runner.interrupts > 1 || runner.interrupts == 1 && task.isDone() && !task.isCancelled()) {
                throw new AssertionError(runner.interrupts + " interrupts, " + task.status());
            }
        }

        /** Completes the task, as the thread that has dropped it does unless another thread has taken it over. */
        private String dropped() {
            return task.takeOver(Thread.currentThread()) ? "dropped " + complete() : "dropped, and taken over";
        }

        /** Claims the callbacks, as the completer does; returns how many the completer has to call. */
        private int complete() {
            int calls = 0;
            if (task.isWatched()) {
                Callback newest = task.newestCallback();
                Callback node = newest == null ? null : Callback.oldest(newest);
                while (node != null) {
                    calls += node.claim() == null ? 0 : 1;
                    node = node == newest ? null : node.newer;
                }
                task.markNotified();
            }
            return calls;
        }
    }

    /** Begins with a task that no runner has claimed. */
    public static class FromPending extends Concurrent { }

    /** Begins in the body. */
    public static class FromRunning extends Concurrent {
        /** Claims and starts. */
        public FromRunning() {
            claim();
            start();
        }
    }

    /** A thread that is never started and counts its interrupts. */
    private static final class NotedThread extends Thread {

        private volatile int interrupts;

        @Override
        public void interrupt() {
            interrupts++;
        }
    }

    /** The state machine, one step after the other. */
    public abstract static class Sequential {

        private Task.Status status = Task.Status.PENDING;
        private boolean started;
        private boolean requested;
        private boolean interrupted;
        private int observers;

        public boolean claim() {
            if (status != Task.Status.PENDING) {
                return false;
            }
            status = Task.Status.RUNNING;
            return true;
        }

        public String start() {
            if (status != Task.Status.RUNNING || started) {
                return "not now";
            }
            if (requested) {
                return drop();
            }
            started = true;
            return "running";
        }

        public String end() {
            if (status != Task.Status.RUNNING || !started) {
                return "not now";
            }
            status = requested ? Task.Status.CANCELLED : Task.Status.SUCCEEDED;
            return (interrupted ? "interrupted, 1 times, " : "not interrupted, 0 times, ") + observers;
        }

        public String request(boolean interrupt) {
            if (status == Task.Status.PENDING) {
                return drop();
            }
            if (status != Task.Status.RUNNING) {
                return "done";
            }
            requested = true;
            interrupted |= interrupt && started;
            return "requested";
        }

        public String refuse() {
            if (status == Task.Status.PENDING) {
                return drop();
            }
            requested |= status == Task.Status.RUNNING && !started;   // its runner drops it
            return "not pending";
        }

        public boolean register() {
            if (status != Task.Status.PENDING && status != Task.Status.RUNNING) {
                return false;
            }
            observers++;
            return true;
        }

        public Task.Status status() {
            return status;
        }

        private String drop() {
            status = Task.Status.CANCELLED;
            return "dropped " + observers;
        }
    }
    /** Begins with a task that no runner has claimed. */
    public static class SequentialFromPending extends Sequential { }

    /** Begins in the body. */
    public static class SequentialFromRunning extends Sequential {
        /** Claims and starts. */
        public SequentialFromRunning() {
            claim();
            start();
        }
    }
}
