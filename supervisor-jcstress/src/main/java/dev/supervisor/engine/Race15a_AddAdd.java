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
 * Two spawners add to the live set at once: each task has a slot of its own (claim 1 of {@link LiveTasks}).
 *
 * <p>Both spawners begin at the same cursor, which is a hint and races. Each claims its slot by compare-and-set. A
 * visit after both adds sees both tasks, and a visit after both removals sees none.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race15a_AddAdd"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *     RESULT      SAMPLES     FREQ      EXPECT
 * both, none  101,521,674  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "both, none", expect = ACCEPTABLE, desc = "Each task is in its slot.")
@Outcome(expect = FORBIDDEN, desc = "One task has overwritten the other.")
@State
public class Race15a_AddAdd {

    private final Stripe stripe = new Stripe();
    private final SupervisedTask<?> one = Given.task();
    private final SupervisedTask<?> two = Given.task();

    /** Adds the first task. */
    @Actor
    public void first() {
        stripe.add(one);
    }

    /** Adds the second task. */
    @Actor
    public void second() {
        stripe.add(two);
    }

    /** Visits the set, removes both tasks, and visits it again. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r1 = seen();
        Completion.retire(one);
        Completion.retire(two);
        result.r2 = seen();
    }

    private String seen() {
        boolean[] seen = new boolean[2];
        stripe.forEach(task -> seen[task == one ? 0 : 1] = true);
        return seen[0] && seen[1] ? "both" : seen[0] ? "one" : seen[1] ? "two" : "none";
    }
}
