package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Threads that complete a task which another thread has left unfinished, against each other and against a registrant
 * (E1, E4, E5, C2; {@link Completion}).
 *
 * <p>The claim: one thread alone completes the task, whichever comes. Each callback is called once, also if it is
 * registered meanwhile, and the failure is reported once. The task is counted out once, so only the other task remains
 * live.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck23_CompletionTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck23_CompletionTest {

    /** The task was dropped. The thread that has dropped it completes it, or the thread that recovers. */
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

    /** The runner was cut off in the body. */
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

    /**
     * Says that something remains to be done, as a thread that was cut off does. Then recovers, as a thread that finds
     * that does.
     */
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
