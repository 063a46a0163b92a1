package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.junit.jupiter.api.Test;

/**
 * Who is told that all is over, against {@code state()} (C9; {@link Census}).
 *
 * <p>The claim: a spawn that was refused as finished, or a seal that has returned with nothing live, is followed by
 * FINISHED. The one who has closed the last stripe may not have terminated the Phaser yet; so it is the stripes that
 * are asked.
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
                assertEquals(Supervisor.State.FINISHED, supervisor.state());   // admission has ended, nothing is live
            };
            Interleavings.concurrently(seal, seal);
        });
    }
}
