package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A spawner that is still inside of its executor, against a thread that starts the task or drops it (C8).
 *
 * <p>The claim: a task notes its spawner, and that note never makes the spawner look like the thread that runs the
 * task, which may not wait for it.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck07_SpawnersNoteTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck07_SpawnersNoteTest {

    @Test
    void c8_againstTheStart() {
        Interleavings.explore(200, () -> againstTheSpawner(task -> {
            task.claim(TaskState.STARTING);
            task.start(new WindowStack(Thread.currentThread()));
        }));
    }

    @Test
    void c8_againstADrop() {
        Interleavings.explore(200, () -> againstTheSpawner(task -> {
            task.request(true);
            task.takeOver(Thread.currentThread());
        }));
    }

    private static void againstTheSpawner(Consumer<SupervisedTask<?>> other) {
        Thread spawner = Thread.currentThread();
        SupervisedTask<?> task = Given.task();
        task.noteSpawner(Chain.stack());
        Interleavings.concurrently(
                () -> other.accept(task),
                () -> assertFalse(task.isRunBy(spawner)));
    }
}
