package dev.supervisor.engine;

import java.util.function.Consumer;

/**
 * What the first few live tasks of a supervisor are doing, in lines for people: their names, states, and where their
 * threads are. Tasks may come and go meanwhile, and threads may move on: what it says of each was true at some time.
 */
final class LiveReport implements Consumer<SupervisedTask<?>> {

    private static final int TASKS = 3;
    private static final int FRAMES = 12;

    private final StringBuilder text = new StringBuilder();
    private long found;

    LiveReport(Scope scope) {
        scope.census.forEach(this);
        if (found > TASKS) {
            text.append("\n  and ").append(found - TASKS).append(" more");
        }
    }

    /** Whether it has found no live task. */
    boolean isEmpty() {
        return found == 0;
    }

    /** A line for each task and frame, each after a line break. */
    @Override
    public String toString() {
        return text.toString();
    }

    @Override
    public void accept(SupervisedTask<?> task) {
        if (!task.isRetired() && !task.isRefused() && ++found <= TASKS) {
            text.append("\n  ").append(task);
            describe(task);
        }
    }

    private void describe(SupervisedTask<?> task) {
        Thread thread = task.runner();
        if (task instanceof ChildTask of) {
            text.append(" is the child ").append(of.child);
        } else if (task.isPending()) {
            text.append(" has not started");
        } else if (thread == null) {
            text.append(" is run by no thread");
        } else {
            text.append(" on thread ").append(thread.getName()).append(", ").append(thread.getState());
            StackTraceElement[] frames = Dump.stack(thread);
            if (task.runner() != thread) {   // the frames may be of its next task
                text.append("; it has left this task since");
                return;
            }
            for (int i = 0; i < Math.min(frames.length, FRAMES); i++) {
                text.append("\n      at ").append(frames[i]);
            }
        }
    }
}
