package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Action;
import dev.supervisor.FailureHandler;
import dev.supervisor.Kind;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A recursion that spawns in the calling thread until its stack overflows, each time at another place in our frames
 * (see {@link Completion}): A5, E4, C9.
 */
class RecursionTest {

    private static final int ROUNDS = 150;
    private static final long SMALLEST_STACK = 180_000;
    private static final long MORE_STACK = 1_032;

    /** What each level of the recursion does besides the spawn. */
    enum Way { PLAIN, NAMED, OBSERVED, CANCELLED }

    /** A body that spawns itself as the next level. */
    private static final class Level implements Action {

        private final Supervisor supervisor;
        private final Way way;
        private final List<Task<?>> spawned = new ArrayList<>(100_000);
        private final List<Task<?>> called = new ArrayList<>(100_000);

        Level(Supervisor supervisor, Way way) {
            this.supervisor = supervisor;
            this.way = way;
        }

        @Override
        public void run() {
            Task<?> task = switch (way) {
                case PLAIN, CANCELLED -> supervisor.spawn(this);
                case NAMED -> supervisor.spawn("named", this);
                case OBSERVED -> Admission.<Object>admit(
                        (Scope) supervisor, null, this, (Callback.Observer) called::add);
            };
            spawned.add(task);
            if (way == Way.CANCELLED) {
                supervisor.abort();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void a5_aStackOverflowLeavesNoTaskBehind(Way way) throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            Supervisor supervisor = Supervisor.builder()
                    .unowned().executor(Runnable::run).onFailure(FailureHandler.ignore()).open();
            Level level = new Level(supervisor, way);
            overflow(level, SMALLEST_STACK + round * MORE_STACK);

            CountDownLatch closed = new CountDownLatch(1);
            Kind.daemon(() -> {
                supervisor.close();
                closed.countDown();
            }).start();
            Poll.await(closed);

            assertEquals(Supervisor.State.FINISHED, supervisor.state());
            assertTrue(level.spawned.size() > 10, () -> "no recursion: " + level.spawned.size());
            assertTrue(level.spawned.stream().allMatch(Task::isDone), "each task whose spawn returned is done");
            Set<Task<?>> once = Collections.newSetFromMap(new IdentityHashMap<>());
            assertTrue(level.called.stream().allMatch(once::add), "none is called back twice");
            if (way == Way.OBSERVED) {
                assertTrue(once.containsAll(level.spawned), "each task whose spawn returned is called back");
            }
        }
    }

    /** Runs the level on a thread with a small stack. */
    private static void overflow(Level level, long stackSize) throws InterruptedException {
        Thread thread = new Thread(null, () -> {
            try {
                level.run();
            } catch (StackOverflowError | RejectedExecutionException expected) {
                // Thrown by the outermost spawn; the others failed their tasks with it.
            }
        }, "recursion", stackSize);
        thread.start();
        thread.join();
    }
}
