package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * While somebody joins, a spawner against one who leaves, with two stripes (A3, C9; claim 5 of {@link Census}).
 *
 * <p>A spawner whose own stripe is deserted looks at the other. While somebody is live there it is let in; if nobody is
 * live it is refused, and then it is finished.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16g_ExitingSpawn"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, one short fork):
 * Last:
 *                          RESULT  SAMPLES    FREQ      EXPECT
 *     entered, open 1, finished 0  239,075  61.76%  Acceptable
 * refused, finished 0, finished 0  148,016  38.24%  Acceptable
 * Other:
 *                      RESULT  SAMPLES     FREQ      EXPECT
 * entered, open 2, finished 0  387,091  100.00%  Acceptable
 * }</pre>
 */
public final class Race16g_ExitingSpawn {

    private Race16g_ExitingSpawn() { }

    /** The one who leaves is the last. */
    @JCStressTest
    @Outcome(id = "entered, open 1, finished 0", expect = ACCEPTABLE, desc = "Let in before the end, which waits.")
    @Outcome(id = "refused, finished 0, finished 0", expect = ACCEPTABLE, desc = "The end was first.")
    @Outcome(expect = FORBIDDEN, desc = "Refused by what lives on, or ended with somebody in it, or never.")
    @State
    public static class Last {

        private final Census census = new Census();
        private final Stripe one = census.enter();
        private final Stripe two = Given.enterSecondStripe(census);
        private Stripe entered;

        /** Starts with one task, in the second stripe, and admission ended. */
        public Last() {
            one.exit();
            census.endAdmission();
        }

        /** Enters. */
        @Actor
        public void spawner() {
            entered = census.enter();
        }

        /** Leaves. */
        @Actor
        public void finisher() {
            Given.leave(census, two);
        }

        /** Looks whether it is finished, and again when the spawner's task has left. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r1 = entered == null ? "refused" : "entered";
            result.r2 = Given.state(census);
            if (entered != null) {
                Given.leave(census, entered);
            }
            result.r3 = Given.state(census);
        }
    }

    /** Another stays. */
    @JCStressTest
    @Outcome(id = "entered, open 2, finished 0", expect = ACCEPTABLE, desc = "Let in.")
    @Outcome(expect = FORBIDDEN, desc = "Refused while somebody was in, or ended with somebody in it, or never.")
    @State
    public static class Other {

        private final Census census = new Census();
        private final Stripe one = census.enter();
        private final Stripe two = Given.enterSecondStripe(census);
        private Stripe entered;

        /** Starts with one task in each stripe, and admission ended. */
        public Other() {
            census.endAdmission();
        }

        /** Enters. */
        @Actor
        public void spawner() {
            entered = census.enter();
        }

        /** Leaves one stripe; in the other somebody stays. */
        @Actor
        public void finisher() {
            Given.leave(census, one);
        }

        /** Looks whether it is finished, and again when everybody has left. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r1 = entered == null ? "refused" : "entered";
            result.r2 = Given.state(census);
            Given.leave(census, two);
            if (entered != null) {
                Given.leave(census, entered);
            }
            result.r3 = Given.state(census);
        }
    }
}
