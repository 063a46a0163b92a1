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
 * The first spawn of all against the close of the empty supervisor (A4, A5, C4).
 *
 * <p>The claim: if the spawn is accepted, close has cancelled its task and has waited for it. The first spawn installs
 * the first stripe in a word of the census. A thread that ends an empty census installs the shared Termination NOTHING
 * in the same word. One compare-and-set decides.
 *
 * <p>The reason of a rejection depends on how far close has come.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race03a_SpawnCloseEmpty"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                           RESULT     SAMPLES    FREQ      EXPECT
 *    accepted, FINISHED, CANCELLED   1,729,172  10.02%  Acceptable
 *      is finished, FINISHED, none  10,226,570  59.26%  Acceptable
 * is shutting down, FINISHED, none   5,300,307  30.72%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, FINISHED, CANCELLED", expect = ACCEPTABLE,
        desc = "The spawn came first: close has cancelled the task and waited for it.")
@Outcome(id = "is shutting down, FINISHED, none", expect = ACCEPTABLE,
        desc = "The close came first, or in the middle of the spawn.")
@Outcome(id = "is finished, FINISHED, none", expect = ACCEPTABLE, desc = "The close was over.")
@Outcome(expect = FORBIDDEN, desc = "A task has outlived the close.")
@State
public class Race03a_SpawnCloseEmpty {

    private static final Watchdog CLOSER = new Watchdog();

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private Object spawned;

    /** Spawns. */
    @Actor
    public void spawner() {
        start.meet();
        Given.hesitate();
        spawned = Given.spawn(supervisor);
    }

    /** Closes. */
    @Actor
    public void closer(LLL_Result result) {
        start.meet();
        result.r2 = CLOSER.wait(() -> {
            supervisor.close();
            return Given.whatIsLeft(supervisor);
        });
    }

    /** Checks what has become of the task. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        result.r1 = Given.told(spawned);
        result.r3 = Given.statusOf(spawned);
    }
}
