package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * A join that is given up against the end of a shutdown, with a fatal error and no owner (C7; {@link Lifecycle}).
 *
 * <p>The claim: the join throws the error, or one of the two threads reports it to the uncaught-exception handler. A
 * thread may leave the error to the other only while that one has still to come.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck13_FatalUnownedTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck13_FatalUnownedTest {

    private static final Error FATAL = new Given.Fatal("fatal");
    private static final Supervisor.Builder UNOWNED =
            Given.builder().unowned().fatalIf(Given.Fatal.class::isInstance);

    @Test
    void c7_joinGivenUpAgainstTheEndOfAShutdown() {
        Interleavings.explore(400, () -> {
            Scope supervisor = (Scope) UNOWNED.open();
            Task<?> failing = supervisor.spawn(() -> {
                throw FATAL;
            });
            AtomicInteger told = new AtomicInteger();
            Interleavings.concurrently(
                    () -> counting(told, () -> {
                        Thread.currentThread().interrupt();
                        try {
                            supervisor.join();
                        } catch (Given.Fatal thrown) {
                            told.getAndIncrement();
                        } catch (InterruptedException givenUp) {
                            // Then one of the two threads reports the error, if the task has run.
                        } finally {
                            Thread.interrupted();
                        }
                    }),
                    () -> counting(told, () -> {
                        Given.run(failing);
                        supervisor.shutdown();
                    }));
            assertEquals(failing.failure() == null ? 0 : 1, told.get(), "How often the error was thrown or handed over");
        });
    }

    /** Runs the actor with an uncaught-exception handler that counts how often it gets the error. */
    private static void counting(AtomicInteger told, Runnable actor) {
        Thread me = Thread.currentThread();
        me.setUncaughtExceptionHandler((thread, thrown) -> {
            if (thrown == FATAL) {
                told.getAndIncrement();
            }
        });
        try {
            actor.run();
        } finally {
            me.setUncaughtExceptionHandler(null);
        }
    }
}
