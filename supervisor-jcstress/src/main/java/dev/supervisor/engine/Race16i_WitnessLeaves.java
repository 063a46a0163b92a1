package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The witness exits, against another task whose finisher may rely on it, each the last of its stripe, while a thread
 * joins: the end comes, and the witness is forgotten (C9, E6; {@link Census}, the witness).
 *
 * <p>A finisher that finds that the witness has not retired leaves the end to the finisher of the witness, which raises
 * {@code exited} later, and looks after that. So the finisher of the witness must not rely on the witness itself, nor
 * on what was written before another task exited. The witness has retired before it is counted out.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race16i_WitnessLeaves"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, one short fork):
 *               RESULT  SAMPLES     FREQ      EXPECT
 * FINISHED, no witness  387,091  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "FINISHED, no witness", expect = ACCEPTABLE, desc = "The last finisher has ended it.")
@Outcome(expect = FORBIDDEN, desc = "The end has not come, or a task is kept.")
@State
public class Race16i_WitnessLeaves {

    private final Scope supervisor = Given.unowned();
    private final Task<?> early = supervisor.spawn(Given.NOTHING);
    private final Task<?> one;
    private final Task<?> two;

    /** Starts EXITING with a task in each of two stripes, one of them the witness. */
    public Race16i_WitnessLeaves() {
        Given.grow(supervisor.census);
        Given.grow(supervisor.census);
        Given.exiting(supervisor);
        Stripe used = ((SupervisedTask<?>) early).segment.stripe;
        int free = Given.stripe(supervisor.census, 2) == used ? 3 : 2;
        one = Given.spawnIn(supervisor, Given.stripe(supervisor.census, 1));
        two = Given.spawnIn(supervisor, Given.stripe(supervisor.census, free));
        Given.forgetWitness(supervisor.census, one);
        Given.run(early);   // which finds its stripe empty
        if (!Given.hasWitness(supervisor.census)) {
            throw new AssertionError("It has not looked for a witness");
        }
    }

    /** Runs one task. */
    @Actor
    public void first() {
        Given.run(one);
    }

    /** Runs the other task. */
    @Actor
    public void second() {
        Given.run(two);
    }

    /** Checks whether the supervisor is finished, and whether a witness is kept. */
    @Arbiter
    public void arbiter(L_Result result) {
        String witness = Given.hasWitness(supervisor.census) ? ", a witness" : ", no witness";
        result.r1 = Given.state(supervisor) + witness;
    }
}
