package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Block;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Threads that wait, against the last completion: each of them returns (C3, C4, C9).
 *
 * <p>The claim: no wake-up is lost, whatever other waiters do, and no waiter returns too early. Waiters do not spin
 * here, so each of them may be stopped between its looks and its wait. A waiter that is never woken is a deadlock.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck11_WaitersTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck11_WaitersTest {

    @Test
    void c9_twoJoinsAgainstLastCompletion() {
        Interleavings.explore(500, Lincheck11_WaitersTest::twoJoinsAgainstLastCompletion);
    }

    /** The waits alone, with nothing around them: so both waiters make the one latch at once. */
    @Test
    void c9_twoWaitersShareOneLatch() {
        Interleavings.explore(500, () -> {
            Census census = new Census();
            Stripe stripe = census.enter();
            census.endAdmission();
            Interleavings.concurrently(
                    () -> Given.leave(census, stripe),
                    census::await,
                    census::await);
        });
    }

    @Test
    void c4_joinAndCloseAgainstLastCompletion() {
        Interleavings.explore(250, Lincheck11_WaitersTest::joinAndCloseAgainstLastCompletion);
    }

    /** An interrupt that comes when no task is live makes no join throw. */
    @Test
    void c4_joinAgainstAnInterruptAfterTheEnd() {
        Interleavings.explore(400, Lincheck11_WaitersTest::joinAgainstAnInterruptAfterTheEnd);
    }

    @Test
    void c3_closeAndShutdownAgainstLastCompletion() {
        Interleavings.explore(150, () -> runningTaskAgainst(Supervisor::shutdown, Supervisor::close));
    }

    @Test
    void c4_twoClosesAgainstLastCompletion() {
        Interleavings.explore(150, () -> runningTaskAgainst(Supervisor::close, Supervisor::close));
    }

    /** A join that is given up takes nothing from a join that goes on. */
    @Test
    void c4_joinAndOneThatIsGivenUpAgainstLastCompletion() {
        Interleavings.explore(250, Lincheck11_WaitersTest::joinAndOneThatIsGivenUpAgainstLastCompletion);
    }

    private static void twoJoinsAgainstLastCompletion() {
        Scope supervisor = Given.unowned();
        Task<?> last = supervisor.spawn(Given.NOTHING);
        Interleavings.concurrently(
                () -> Given.run(last),
                () -> waits(supervisor, Supervisor::join),
                () -> waits(supervisor, Supervisor::join));
        assertEquals(Task.Status.SUCCEEDED, last.status());
    }

    private static void joinAndCloseAgainstLastCompletion() {
        Scope supervisor = Given.unowned();
        Task<?> last = supervisor.spawn(Given.NOTHING);
        Interleavings.concurrently(
                () -> waits(supervisor, Supervisor::join),
                () -> waits(supervisor, Supervisor::close),
                () -> Given.run(last));
    }

    private static void joinAgainstAnInterruptAfterTheEnd() {
        Scope supervisor = Given.unowned();
        Task<?> last = supervisor.spawn(Given.NOTHING);
        AtomicReference<Thread> joiner = new AtomicReference<>();
        AtomicBoolean sent = new AtomicBoolean();
        Interleavings.concurrently(
                () -> {
                    joiner.set(Thread.currentThread());
                    supervisor.join();
                    if (sent.get()) {
                        assertTrue(Thread.interrupted(), "The status is not kept");
                    }
                },
                () -> {
                    Given.run(last);
                    Thread waiting = joiner.get();
                    if (waiting != null) {
                        waiting.interrupt();
                        sent.set(true);
                    }
                });
    }

    private static void joinAndOneThatIsGivenUpAgainstLastCompletion() {
        Scope supervisor = Given.unowned();
        Task<?> last = supervisor.spawn(Given.NOTHING);
        Interleavings.concurrently(
                () -> Given.run(last),
                () -> waits(supervisor, Supervisor::join),
                () -> {
                    if (!Given.givesUpAJoin(supervisor)) {
                        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
                    }
                });
    }

    /** The task runs, and ends when it is interrupted. */
    private static void runningTaskAgainst(Block<Exception> one, Block<Exception> other) {
        Scope supervisor = Given.unowned();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Task<?> last = supervisor.spawn(() -> {
            started.countDown();
            never.await();
        });
        Interleavings.concurrently(
                () -> Given.run(last),
                () -> {
                    started.await();
                    waits(supervisor, one);
                },
                () -> {
                    started.await();
                    waits(supervisor, other);
                });
        assertEquals(Task.Status.CANCELLED, last.status());
    }

    private static void waits(Scope supervisor, Block<Exception> wait) throws Exception {
        wait.run(supervisor);
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }
}
