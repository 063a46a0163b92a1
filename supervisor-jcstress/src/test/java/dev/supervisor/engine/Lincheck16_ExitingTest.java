package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/**
 * While a thread joins: two stripes, the witness, and growth, against tasks that exit (C9, E6; {@link Census}).
 *
 * <p>The claim: a finisher that leaves the end to another may do so. The end comes with the last exit, wherever other
 * threads are, and no task that was the witness is kept. A stripe that is added while the last finisher looks is not
 * lost.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck16_ExitingTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck16_ExitingTest {

    /**
     * The witness in one stripe, another task in the second, and a thread that looks, and may make it the witness
     * again.
     */
    @Test
    void c9_theLastOfTwoStripesAndTheWitness() {
        Interleavings.explore(600, () -> {
            Scope supervisor = Given.unowned();
            SupervisedTask<?> one = (SupervisedTask<?>) supervisor.spawn(Given.NOTHING);
            Given.growAnyway(supervisor.census);
            SupervisedTask<?> two = Given.spawnIn(supervisor, Given.stripe(supervisor.census, 1));
            Given.exiting(supervisor);
            Given.forgetWitness(supervisor.census, one);
            Interleavings.concurrently(supervisor::state, () -> Given.run(one), () -> Given.run(two));
            assertEquals("FINISHED", Given.state(supervisor));
            assertFalse(Given.hasWitness(supervisor.census), "The witness is kept");
        });
    }

    /**
     * The only task that can be the witness ends as it is made the witness. Another task, which is in no slot, stays.
     */
    @Test
    void e6_theWitnessIsForgotten() {
        Interleavings.explore(400, () -> {
            Scope supervisor = Given.unowned();
            SupervisedTask<?> task = (SupervisedTask<?>) supervisor.spawn(Given.NOTHING);
            Given.exiting(supervisor);
            Given.growAnyway(supervisor.census);
            Given.enter(Given.stripe(supervisor.census, 1));
            Given.forgetWitness(supervisor.census, task);
            Interleavings.concurrently(() -> Given.run(task), supervisor::state);
            assertFalse(Given.hasWitness(supervisor.census), "The witness is kept");
        });
    }

    /** A spawner that has seen the last task live enters, and grows the census; another enters the new stripe. */
    @Test
    void c9_growthAgainstTheLast() {
        Interleavings.explore(400, () -> {
            Census census = new Census();
            Stripe stripe = census.enter();
            long seen = stripe.entered();
            census.endAdmission();
            Stripe[] entered = new Stripe[2];
            Interleavings.concurrently(
                    () -> {
                        if (stripe.enter(seen)) {
                            entered[0] = stripe;
                            if (Given.growAnyway(census)) {
                                entered[1] = Given.stripe(census, 1);   // of a spawner that has seen the first
                                Given.enter(entered[1]);
                            }
                        }
                    },
                    () -> Given.leave(census, stripe));
            int in = 0;
            for (Stripe each : entered) {
                in += each == null ? 0 : 1;
            }
            assertEquals((in == 0 ? "finished " : "open ") + in, Given.state(census));
            for (Stripe each : entered) {
                if (each != null) {
                    Given.leave(census, each);
                }
            }
            assertEquals("finished 0", Given.state(census));
        });
    }
}
