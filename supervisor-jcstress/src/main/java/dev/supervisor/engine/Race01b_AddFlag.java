package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The steps under {@link Race01a_SpawnAbort}, and nothing else: the spawner adds a task, then reads a flag; the aborter
 * sets the flag, then visits the set (A5; see {@link Lifecycle}).
 *
 * <p>The first abort of an open supervisor ends admission by a compare-and-set, which happens to come between its flag
 * and its visit. There, the visit could not overtake the flag even if a mere store set it. If admission has ended
 * before, as while a thread joins, nothing comes between the two. So it is here.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race01b_AddFlag"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *      RESULT     SAMPLES    FREQ      EXPECT
 *  true, true   4,585,760   3.59%  Acceptable
 * true, false  65,302,590  51.14%  Acceptable
 * false, true  57,817,004  45.27%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "The visit has seen the task, and the spawner the flag.")
@Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "One of them has seen the other.")
@Outcome(expect = FORBIDDEN, desc = "Neither has seen the other: the task has escaped.")
@State
public class Race01b_AddFlag {

    private final Lifecycle lifecycle = new Lifecycle();
    private final Stripe stripe = new Stripe();
    private final SupervisedTask<?> task = Given.task();

    /** Adds the task and reads the flag. */
    @Actor
    public void spawner(ZZ_Result result) {
        stripe.add(task);
        result.r1 = lifecycle.isAborting();
    }

    /** Sets the flag and visits the set. */
    @Actor
    public void aborter(ZZ_Result result) {
        lifecycle.markAborting();
        stripe.forEach(seen -> result.r2 = true);
    }
}
