package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A fatal error against a thread that sees its abort: the error is kept by then (C7; {@link FatalErrors}).
 *
 * <p>The claim: an exit that an abort makes possible throws the error of the abort. A late callback, for example, may
 * throw a fatal error when no task is live. If the error were kept after the abort, an owner that sees the abort could
 * exit between the two, and no exit would throw the error.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race13b_FatalKept"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *         RESULT     SAMPLES    FREQ      EXPECT
 * ENTERED, false   6,808,912  23.45%  Acceptable
 *  ENTERED, true   2,336,147   8.05%  Acceptable
 * ABORTING, true  14,340,019  49.39%  Acceptable
 * FINISHED, true   5,547,636  19.11%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "ENTERED, false", expect = ACCEPTABLE, desc = "The onlooker came before the body failed.")
@Outcome(id = "ENTERED, true", expect = ACCEPTABLE, desc = "The onlooker read the state before the abort.")
@Outcome(id = {"ABORTING, true", "FINISHED, true"}, expect = ACCEPTABLE, desc = "Aborted, and the error is kept.")
@Outcome(expect = FORBIDDEN, desc = "Aborted, and the error is not kept.")
@State
public class Race13b_FatalKept {

    private static final Error FATAL = new Given.Fatal("fatal");
    private static final Supervisor.Builder UNOWNED =
            Given.builder().unowned().fatalIf(Given.Fatal.class::isInstance);

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = (Scope) UNOWNED.open();
    private final Task<?> task = supervisor.spawn(() -> {
        throw FATAL;
    });

    /** Runs the task, which fails. */
    @Actor
    public void runner() {
        start.meet();
        Given.run(task);
    }

    /** Reads the state, then the slot. */
    @Actor
    public void onlooker(LL_Result result) {
        start.meet();
        Given.hesitate();
        result.r1 = supervisor.state();
        result.r2 = FatalErrors.kept(supervisor) != null;
    }
}
