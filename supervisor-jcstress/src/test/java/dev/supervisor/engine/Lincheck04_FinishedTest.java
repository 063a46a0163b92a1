package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.junit.jupiter.api.Test;

/**
 * A thread that learns that all is over, against {@code state()} (C9; {@link Census}).
 *
 * <p>The claim: after a spawn that was refused as finished, or a seal that has returned with no task live,
 * {@code state()} is FINISHED. The thread that has closed the last stripe may not have terminated the Phaser yet. So
 * {@code state()} looks at the stripes.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck04_FinishedTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck04_FinishedTest {

    @Test
    void c9_toldFinishedMeansFinished() {
        Interleavings.explore(400, () -> {
            Scope supervisor = Given.unowned();
            Task<?> last = supervisor.spawn(Given.NOTHING);
            Given.exiting(supervisor);
            Interleavings.concurrently(
                    () -> {
                        if (Given.spawn(supervisor).equals("is finished")) {
                            assertEquals(Supervisor.State.FINISHED, supervisor.state());
                        }
                    },
                    () -> Given.run(last));
        });
    }

    @Test
    void c9_sealedAndSeenEmptyIsFinished() {
        Interleavings.explore(400, () -> {
            Scope supervisor = Given.unowned();
            Task<?> last = supervisor.spawn(Given.NOTHING);
            supervisor.seal();
            Interleavings.concurrently(
                    () -> {
                        if (supervisor.liveCount() == 0) {
                            assertEquals(Supervisor.State.FINISHED, supervisor.state());
                        }
                    },
                    () -> Given.run(last));
        });
    }

    @Test
    void c9_sealedAndEmptyIsFinished() {
        Interleavings.explore(400, () -> {
            Scope supervisor = Given.unowned();
            Given.run(supervisor.spawn(Given.NOTHING));
            Action seal = () -> {
                supervisor.seal();
                assertEquals(Supervisor.State.FINISHED, supervisor.state());   // admission has ended, no task is live
            };
            Interleavings.concurrently(seal, seal);
        });
    }
}
