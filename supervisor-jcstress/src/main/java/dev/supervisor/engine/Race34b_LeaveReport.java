package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A thread that leaves a supervisor, against one that finds that no thread will: it is reported, or it was left, and
 * not both (O8; {@link Opening}).
 *
 * <p>They can meet when the owner is dead, and a third thread shuts the supervisor down. Each changes the state of the
 * opening by compare-and-set, from OPEN alone.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race34b_LeaveReport"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *             RESULT  SAMPLES    FREQ      EXPECT
 *       left, silent  150,292  46.88%  Acceptable
 * too late, reported  170,302  53.12%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "left, silent", expect = ACCEPTABLE, desc = "The exit came first.")
@Outcome(id = "too late, reported", expect = ACCEPTABLE, desc = "The report came first.")
@Outcome(expect = FORBIDDEN, desc = "What was left is reported, or neither is.")
@State
public class Race34b_LeaveReport {

    private static final Scope SUPERVISOR = Given.unowned();

    private volatile boolean told;
    private final Given.Start start = new Given.Start();
    private final Opening opening = new Opening(SUPERVISOR) {
        @Override
        void tell() {
            told = true;
        }
    };

    /** Leaves. */
    @Actor
    public void leaver(LL_Result result) {
        start.meet();
        result.r1 = opening.markLeft() ? "left" : "too late";
    }

    /** Finds it collected. */
    @Actor
    public void reporter(LL_Result result) {
        start.meet();
        opening.run();
        result.r2 = told ? "reported" : "silent";
    }
}
