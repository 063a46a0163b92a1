package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Those who complete a task that somebody else has left, against each other and against who registers (E1, E4, E5, C2;
 * {@link Completion}).
 *
 * <p>The claim: whoever comes, one alone completes the task. Each callback is called once, also if it is registered
 * meanwhile, and its failure is reported once; it is counted out once, so that what else is live is all that is left.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck23_CompletionTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck23_CompletionTest {

    /** Dropped, and completed by who has dropped it, or by who recovers. */
    @Test
    void e4_cancelAgainstRecoverAgainstRegister() {
        Interleavings.explore(600, () -> {
            Scope supervisor = Given.unowned();
            SupervisedTask<?> other = Given.claimed(supervisor);
            Task<?> task = supervisor.spawn(Given.NOTHING);
            AtomicInteger early = new AtomicInteger();
            AtomicInteger late = new AtomicInteger();
            task.onDone(done -> early.getAndIncrement());
            Interleavings.concurrently(
                    () -> task.onDone(done -> late.getAndIncrement()),
                    () -> recover(supervisor),
                    task::cancel);
            recover(supervisor);
            assertEquals("CANCELLED, called 1, 1", task.status() + ", called " + early + ", " + late);
            assertOneIsLeft(supervisor, other);
        });
    }

    /** Cut off in the body. */
    @Test
    void e4_recoverAgainstRecoverAgainstRegister() {
        Interleavings.explore(600, () -> {
            AtomicInteger reported = new AtomicInteger();
            Scope supervisor = (Scope) Given.builder().unowned()
                    .onFailure((task, failure) -> reported.getAndIncrement()).open();
            SupervisedTask<?> other = Given.claimed(supervisor);
            SupervisedTask<?> task = Given.claimed(supervisor);
            AtomicInteger early = new AtomicInteger();
            AtomicInteger late = new AtomicInteger();
            task.onDone(done -> early.getAndIncrement());
            task.start(Thread.currentThread());
            task.payload = new StackOverflowError();
            task.thread = TaskState.UNFINISHED;
            Interleavings.concurrently(
                    () -> task.onDone(done -> late.getAndIncrement()),
                    () -> recover(supervisor),
                    () -> recover(supervisor));
            assertEquals("FAILED, called 1, 1, reported 1",
                    task.status() + ", called " + early + ", " + late + ", reported " + reported);
            assertOneIsLeft(supervisor, other);
        });
    }

    /** As one who was cut off says that something is left to do, and one who finds that. */
    private static void recover(Scope supervisor) {
        supervisor.unfinished = true;
        Abort.recover(supervisor);
    }

    private static void assertOneIsLeft(Scope supervisor, SupervisedTask<?> other) {
        assertEquals(1, supervisor.liveCount());
        supervisor.abort();
        Given.drop(other);
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }
}
