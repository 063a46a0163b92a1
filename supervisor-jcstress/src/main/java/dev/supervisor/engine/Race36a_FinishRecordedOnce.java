package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Two threads that see that a supervisor is finished: one of them records it (O5; {@link Lifecycle}).
 *
 * <p>The last task to leave, an abort, and the exit may all come to see it.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race36a_FinishRecordedOnce"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *      RESULT    SAMPLES    FREQ      EXPECT
 * false, true  1,859,145  46.29%  Acceptable
 * true, false  2,157,059  53.71%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The first was first.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The second was first.")
@Outcome(expect = FORBIDDEN, desc = "It is recorded twice, or never.")
@State
public class Race36a_FinishRecordedOnce {

    private final Lifecycle lifecycle = new Lifecycle();

    /** Sees the end. */
    @Actor
    public void leaver(ZZ_Result result) {
        result.r1 = lifecycle.markRecorded();
    }

    /** The same. */
    @Actor
    public void exit(ZZ_Result result) {
        result.r2 = lifecycle.markRecorded();
    }
}
