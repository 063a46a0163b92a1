package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A child with a name that opens, against an abort of its parent, which finishes it: no entry of it is left (O3; {@link
 * NamedScopes}).
 *
 * <p>The opener adds the entry, and then looks whether the child is finished. A thread that finds the child finished
 * removes the entry. At least one of the two sees the other.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race35a_OpenFinish"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                 RESULT  SAMPLES    FREQ      EXPECT
 * is shutting down, none  115,442  64.71%  Acceptable
 *           opened, gone   62,951  35.29%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "opened, gone", expect = ACCEPTABLE, desc = "The abort has finished the child.")
@Outcome(id = "is shutting down, none", expect = ACCEPTABLE, desc = "The abort came first.")
@Outcome(expect = FORBIDDEN, desc = "The child goes on, or its entry is left.")
@State
public class Race35a_OpenFinish {

    private final Given.Start start = new Given.Start();
    private final Scope parent = Given.unowned();
    private Scope child;

    /** Opens the child. */
    @Actor
    public void opener(LL_Result result) {
        start.meet();
        try {
            child = (Scope) Given.builder().name("child").unowned().parent(parent).open();
            result.r1 = "opened";
        } catch (RejectedExecutionException e) {
            result.r1 = Given.reason(e);
        }
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        start.meet();
        Given.hesitate();
        parent.abort();
    }

    /** Looks for the entry. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r2 = child == null ? "none"
                : !child.census.isFinished() ? "goes on"
                : NamedScopes.has(child.extras().named) ? "kept" : "gone";
    }
}
