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
 * A task that ends, against a thread that makes it the witness: the census does not keep it (E6; {@link Census}, the
 * witness).
 *
 * <p>The completer writes that the task has retired, counts it out, and checks whether it is the witness. A thread that
 * installs a witness checks after that whether it has retired. At least one of the two sees the other (Dekker) and
 * forgets the witness.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race14c_WitnessForgotten"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, one short fork):
 *     RESULT  SAMPLES     FREQ      EXPECT
 * no witness  376,851  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "no witness", expect = ACCEPTABLE, desc = "The witness is forgotten.")
@Outcome(expect = FORBIDDEN, desc = "The witness is kept.")
@State
public class Race14c_WitnessForgotten {

    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Given.NOTHING);

    /** Starts EXITING, with another task that is counted and in no slot, so that no other can be the witness. */
    public Race14c_WitnessForgotten() {
        Given.exiting(supervisor);
        Given.enterSecondStripe(supervisor.census);
        Given.forgetWitness(supervisor.census, task);
    }

    /** Ends the task. */
    @Actor
    public void finisher() {
        Given.run(task);
    }

    /** Checks whether all is over, and makes the task the witness if it is live. */
    @Actor
    public void asker() {
        supervisor.state();
    }

    /** Checks whether a witness is kept. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = Given.hasWitness(supervisor.census) ? "a witness" : "no witness";
    }
}
