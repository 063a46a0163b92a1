package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Two decisions at once, a seal and an abort: neither is lost (A4, C9; see {@link Lifecycle}).
 *
 * <p>Each actor sets its flag of the word by one atomic operation that leaves the other flags as they are. If it read
 * the word and wrote it back, one decision could undo the other, and spawns would be accepted again.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race19_TwoFlags"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *           RESULT      SAMPLES     FREQ      EXPECT
 * sealed, aborting  254,742,794  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "sealed, aborting", expect = ACCEPTABLE, desc = "Both flags are set.")
@Outcome(expect = FORBIDDEN, desc = "A flag was cleared.")
@State
public class Race19_TwoFlags {

    private final Lifecycle lifecycle = new Lifecycle();

    /** Seals. */
    @Actor
    public void sealer() {
        lifecycle.markSealed();
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        lifecycle.markAborting();
    }

    /** Reads both flags. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r1 = lifecycle.isSealed() ? "sealed" : "not sealed";
        result.r2 = lifecycle.isAborting() ? "aborting" : "not aborting";
    }
}
