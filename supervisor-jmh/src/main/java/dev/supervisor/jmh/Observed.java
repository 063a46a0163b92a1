package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import jdk.jfr.EventSettings;
import jdk.jfr.Recording;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The question: what does it cost to be observed? As {@link Accounting}: a task that does nothing is run by its spawner.
 *
 * <ul>
 * <li>{@code nothing}: no observer; the difference to it is what the others cost.
 * <li>{@code times}: the times of the task are recorded.
 * <li>{@code observer}: an observer that does nothing.
 * <li>{@code recording}: a flight recording runs, with the threshold that holds if nobody says otherwise, which the task
 *     does not reach.
 * <li>{@code recordingAll}: the same without a threshold, so that each task is written.
 * </ul>
 */
public class Observed extends Timed {

    /** What is asked, by all threads together. */
    @State(Scope.Benchmark)
    public static class Asked {

        private static final long MAX_BYTES = 64 << 20;

        /** What is on. */
        @Param({"nothing", "times", "observer", "recording", "recordingAll"})
        public String by;

        private Supervisor supervisor;
        private final Recording recording = new Recording();

        /** Opens it. */
        @Setup
        public void setUp() {
            Supervisor.Builder builder = Supervisor.builder().unowned().executor(Runnable::run);
            if (by.startsWith("recording")) {
                EventSettings event = recording.enable("dev.supervisor.TaskEnd");
                if (by.equals("recordingAll")) {
                    event.withoutThreshold();
                }
                recording.setMaxSize(MAX_BYTES);
                recording.start();
            }
            supervisor = switch (by) {
                case "times" -> builder.recordTimes().open();
                case "observer" -> builder.observer(new TaskObserver() { }).open();
                default -> builder.open();
            };
        }

        /** Ends it. */
        @TearDown
        public void tearDown() {
            supervisor.shutdown();
            recording.close();
        }
    }

    /** One task. */
    @Benchmark
    public Task<?> spawn(Asked asked) {
        return asked.supervisor.spawn(Work.NONE);
    }
}
