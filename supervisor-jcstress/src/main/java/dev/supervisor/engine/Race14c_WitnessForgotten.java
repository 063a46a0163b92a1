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
 * A task that ends, against one who makes it the witness: it is not kept (E6; {@link Census}, the witness).
 *
 * <p>Its completer writes that it has retired, counts it out, and looks whether it is the witness. Whoever installs a
 * witness looks after that whether it has retired. At least one of them sees the other (Dekker) and lets go of it.
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
@Outcome(id = "no witness", expect = ACCEPTABLE, desc = "It is forgotten.")
@Outcome(expect = FORBIDDEN, desc = "It is kept.")
@State
public class Race14c_WitnessForgotten {

    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Given.NOTHING);

    /** Starts EXITING, with another who is counted and in no slot, so that there is nobody else to take. */
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

    /** Looks whether all is over, and takes the task for a witness that it is not. */
    @Actor
    public void asker() {
        supervisor.state();
    }

    /** Looks who is kept. */
    @Arbiter
    public void arbiter(L_Result result) {
        result.r1 = Given.hasWitness(supervisor.census) ? "a witness" : "no witness";
    }
}
