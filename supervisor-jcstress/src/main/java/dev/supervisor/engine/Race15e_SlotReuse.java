package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A slot of the live set goes from one task to another during a visit (A5; claims 1 and 2 of {@link LiveTasks}).
 *
 * <p>All slots of the first segment are taken. The spawner clears one of them, by completing its task, and claims it
 * again, by a spawn. In the other slots lie tasks that an abort does not end. The visit of an abort comes to the slot
 * meanwhile: the actors meet in a callback, just before the slot is cleared. The claim: each task ends once, as its own
 * state says. The task that is spawned is asked, or its spawn is rejected. No slot of another task is cleared. If the
 * visit has cancelled the old task, the flag was set before that, so the spawn after it is rejected.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race15e_SlotReuse"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                           RESULT    SAMPLES    FREQ      EXPECT
 *      CANCELLED, none, 1 FINISHED     34,197   0.31%  Acceptable
 * SUCCEEDED, CANCELLED, 1 FINISHED  1,816,249  16.24%  Acceptable
 *      SUCCEEDED, none, 1 FINISHED  9,333,948  83.46%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "SUCCEEDED, CANCELLED, 1 FINISHED", expect = ACCEPTABLE,
        desc = "The slot belonged to the new task when the visit came.")
@Outcome(id = "SUCCEEDED, none, 1 FINISHED", expect = ACCEPTABLE, desc = "The spawner was rejected.")
@Outcome(id = "CANCELLED, none, 1 FINISHED", expect = ACCEPTABLE,
        desc = "The visit came before the start of the old task, and before the spawn.")
@Outcome(expect = FORBIDDEN, desc = "A task has escaped, or ended twice.")
@State
public class Race15e_SlotReuse {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final SupervisedTask<?>[] residents = new SupervisedTask<?>[7];
    private final Task<?> old;
    private final AtomicInteger ends = new AtomicInteger();
    private Object spawned;

    /** Fills the first segment. */
    public Race15e_SlotReuse() {
        old = supervisor.spawn(Given.NOTHING);
        old.onDone(task -> {
            ends.incrementAndGet();
            start.meet();
        });
        Arrays.setAll(residents, index -> Given.claimed(supervisor));
    }

    /** Clears a slot and claims it. */
    @Actor
    public void spawner() {
        Given.run(old);
        spawned = Given.spawn(supervisor);
    }

    /** Aborts, which visits the set. */
    @Actor
    public void aborter() {
        start.meet();
        Given.hesitate();
        supervisor.abort();
    }

    /** Checks what has become of the two tasks. */
    @Arbiter
    public void arbiter(LLL_Result result) {
        for (SupervisedTask<?> resident : residents) {
            Given.drop(resident);
        }
        result.r1 = old.status();
        result.r2 = Given.statusOf(spawned);
        result.r3 = ends + " " + Given.whatIsLeft(supervisor);
    }
}
