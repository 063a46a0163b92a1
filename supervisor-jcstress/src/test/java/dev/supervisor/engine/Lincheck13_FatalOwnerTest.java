package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.junit.jupiter.api.Test;

/**
 * Two fatal errors against the owner that leaves its block (C6, C7; {@link Owner}).
 *
 * <p>The claim: the owner is interrupted inside of its block or not at all, and at most once. The owner takes back a
 * status that is still pending when it leaves the block. So no interrupt ends its join, which throws one of the two
 * errors. The code after the join finds a clear interrupt status.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck13_FatalOwnerTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck13_FatalOwnerTest {

    private static final Error FIRST = new Given.Fatal("first");
    private static final Error SECOND = new Given.Fatal("second");
    private static final Supervisor.Builder OWNED = Given.builder().fatalIf(Given.Fatal.class::isInstance);

    @Test
    void c7_twoFatalErrorsAgainstOwner() {
        Interleavings.explore(300, Lincheck13_FatalOwnerTest::twoFatalErrorsAgainstOwner);
    }

    private static void twoFatalErrorsAgainstOwner() {
        Scope supervisor = (Scope) OWNED.open();
        Task<?> first = failing(supervisor, FIRST);
        Task<?> second = failing(supervisor, SECOND);
        Interleavings.concurrently(
                () -> Given.run(first),
                () -> Given.run(second),
                () -> {
                    Error kept = assertThrows(Given.Fatal.class, supervisor::join);
                    assertFalse(Thread.currentThread().isInterrupted(), "The code after the join is interrupted");
                    assertTrue(kept == first.failure() || kept == second.failure(), "That task has not failed");
                });
        assertFalse(Thread.currentThread().isInterrupted(), "The interrupt came late");
        assertEquals("FINISHED", Given.whatIsLeft(supervisor));
    }

    private static Task<?> failing(Scope supervisor, Error error) {
        return supervisor.spawn(() -> {
            throw error;
        });
    }
}
