package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/**
 * A join that is given up against the end of a shutdown, with a fatal error and no owner (C7; {@link Lifecycle}).
 *
 * <p>The claim: the error is thrown by the join, or handed over by one of the two. Each of them may leave it to the
 * other only while the other is still to come.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck13* \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck13_FatalUnownedTest {

    private static final Error FATAL = new Given.Fatal("fatal");
    private static final Supervisor.Builder UNOWNED = Supervisor.builder().name("unowned").executor(Given.LATER)
            .unowned().onFailure(FailureHandler.ignore()).fatalIf(Given.Fatal.class::isInstance);

    @Test
    void c7_joinGivenUpAgainstTheEndOfAShutdown() {
        Interleavings.explore(400, () -> {
            Supervisor supervisor = UNOWNED.open();
            Task<?> failing = supervisor.spawn(() -> {
                throw FATAL;
            });
            Interleavings.concurrently(
                    () -> quietly(() -> {
                        Thread.currentThread().interrupt();
                        try {
                            supervisor.join();
                        } catch (Given.Fatal | InterruptedException thrown) {
                            // One of the two is told, unless the join has thrown the error.
                        } finally {
                            Thread.interrupted();
                        }
                    }),
                    () -> quietly(() -> {
                        Given.run(failing);
                        supervisor.shutdown();
                    }));
            assertFalse(supervisor.fatal.isKeeping(), "The error is kept for nobody");
        });
    }

    /** Does not print what the uncaught-exception handler is told. */
    private static void quietly(Runnable actor) {
        Thread me = Thread.currentThread();
        me.setUncaughtExceptionHandler((thread, thrown) -> { });
        try {
            actor.run();
        } finally {
            me.setUncaughtExceptionHandler(null);
        }
    }
}
