package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Supervisor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A thread that asks which supervisors are open, against one that opens a supervisor and ends it: it is listed if it is
 * open throughout, and not listed if it was finished before (O3; {@link NamedScopes}).
 *
 * <p>The entry is added before {@code open} returns. A thread may be stopped between the end and the removal of the
 * entry: here the dependents of the completion come between. So a thread that asks looks whether what it finds is
 * finished.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race35b_NamedEnd"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                         RESULT  SAMPLES    FREQ      EXPECT
 *       ENTERED, listed, ENTERED   13,132  11.88%  Acceptable
 *      ENTERED, listed, FINISHED      713   0.64%  Acceptable
 *  ENTERED, not listed, FINISHED      301   0.27%  Acceptable
 * FINISHED, not listed, FINISHED   48,570  43.93%  Acceptable
 *                     none, -, -   47,848  43.28%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "none, -, -", expect = ACCEPTABLE, desc = "It is not open yet.")
@Outcome(id = "ENTERED, listed, ENTERED", expect = ACCEPTABLE, desc = "It was open throughout.")
@Outcome(id = "ENTERED, listed, FINISHED", expect = ACCEPTABLE, desc = "It has ended after the look.")
@Outcome(id = "ENTERED, not listed, FINISHED", expect = ACCEPTABLE, desc = "It has ended before the look.")
@Outcome(id = "FINISHED, not listed, FINISHED", expect = ACCEPTABLE, desc = "It had ended before.")
@Outcome(expect = FORBIDDEN, desc = "It was open and is not listed, or it was finished and is.")
@State
public class Race35b_NamedEnd {

    private static final Supervisor.Builder NAMED = Given.builder().name("named").unowned();

    private final Given.Start start = new Given.Start();
    private volatile Scope opened;

    /** Opens it and ends it. */
    @Actor
    public void opener() {
        start.meet();
        Scope supervisor = (Scope) NAMED.open();
        supervisor.completion().thenRun(Given::pause);
        opened = supervisor;
        Given.pause();
        supervisor.seal();
    }

    /** Looks at its state, asks, and looks again. */
    @Actor
    public void asker(LLL_Result result) {
        start.meet();
        Given.pause();
        Scope supervisor = opened;
        result.r1 = supervisor == null ? "none" : state(supervisor);
        result.r2 = supervisor == null ? "-" : Supervisor.named().contains(supervisor) ? "listed" : "not listed";
        result.r3 = supervisor == null ? "-" : state(supervisor);
    }

    /** Sealed and empty, it is finished: there is no state between. */
    private static String state(Scope supervisor) {
        return supervisor.census.isFinished() ? "FINISHED" : "ENTERED";
    }
}
