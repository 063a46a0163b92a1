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
 * While a thread joins, a spawner against a task that exits, with two stripes (A3, C9; claim 5 of {@link Census}).
 *
 * <p>A spawner whose own stripe is empty looks at the other. While a task is live there, the spawner enters. If no task
 * is live, the spawner is refused, and then the census is finished.
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

    /** The task that exits is the last. */
    @JCStressTest
    @Outcome(id = "entered, open 1, finished 0", expect = ACCEPTABLE,
            desc = "The spawner entered before the end, which waits for its task.")
    @Outcome(id = "refused, finished 0, finished 0", expect = ACCEPTABLE, desc = "The end came first.")
    @Outcome(expect = FORBIDDEN, desc = "The spawner was refused before the end, or the end came too early, or never.")
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

        /** Counts the last task out. */
        @Actor
        public void finisher() {
            Given.leave(census, two);
        }

        /** Checks whether the census is finished, and again when the spawner's task has exited. */
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

    /** Another task stays. */
    @JCStressTest
    @Outcome(id = "entered, open 2, finished 0", expect = ACCEPTABLE, desc = "The spawner entered.")
    @Outcome(expect = FORBIDDEN,
            desc = "The spawner was refused while a task was live, or the end came too early, or never.")
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

        /** Counts the task of one stripe out. The task of the other stays. */
        @Actor
        public void finisher() {
            Given.leave(census, one);
        }

        /** Checks whether the census is finished, and again when every task has exited. */
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
