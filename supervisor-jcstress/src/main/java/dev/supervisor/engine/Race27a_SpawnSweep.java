package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A spawner whose task has a time limit, against the sweep of the alarm, which puts the number right that an earlier
 * task has left beside the same slot, or another (S6; {@link Deadlines}, 1 and 3).
 *
 * <p>The earlier task was due after an hour, and has ended. The alarm looks after two hours; the actor says so, and no
 * time passes. The new task is due after three hours. The claim: afterwards the number beside the slot is no later than
 * that, and so is the time at which the alarm is to look again. It holds whether the alarm has met the new task or not.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race27a_SpawnSweep"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * OtherSlot:
 *                  RESULT    SAMPLES    FREQ      EXPECT
 *     met, watched, armed  4,857,146  46.91%  Acceptable
 * not met, watched, armed  5,497,808  53.09%  Acceptable
 * SameSlot:
 *                  RESULT    SAMPLES    FREQ      EXPECT
 *     met, watched, armed  5,366,694  53.14%  Acceptable
 * not met, watched, armed  4,732,260  46.86%  Acceptable
 * }</pre>
 */
public final class Race27a_SpawnSweep {

    private Race27a_SpawnSweep() { }

    private static Spec spec(Scope supervisor, int hours) {
        return (Spec) supervisor.spec("specified").timeout(Duration.ofHours(hours));
    }

    private static SupervisedTask<?> specified(Scope supervisor) {
        Task<?> spawned = spec(supervisor, 1).spawn(Given.NOTHING);
        return (SupervisedTask<?>) spawned;
    }

    private static void add(Specified<?> task, Segment segment, int slot) {
        task.beginTime();
        Given.enter(segment.stripe);
        if (!segment.claim(slot, task)) {
            throw new AssertionError("The slot is free");
        }
        task.published();
    }

    /** The new task lies in the slot of the earlier one. */
    @JCStressTest
    @Outcome(id = "met, watched, armed", expect = ACCEPTABLE, desc = "The alarm found the new task.")
    @Outcome(id = "not met, watched, armed", expect = ACCEPTABLE, desc = "The alarm came before the new task.")
    @Outcome(expect = FORBIDDEN, desc = "The alarm would not look at the new task in time.")
    @State
    public static class SameSlot {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final SupervisedTask<?> earlier = specified(supervisor);
        private final Specified<?> task = new Specified<>(spec(supervisor, 3), Given.NOTHING);
        private final Segment segment = earlier.segment;

        /** Starts with the number that an earlier task has left. */
        public SameSlot() {
            Given.run(earlier);
        }

        /** Adds the new task, as a spawn does. */
        @Actor
        public void spawner() {
            start.meet();
            add(task, segment, earlier.slot);
        }

        /** Looks. */
        @Actor
        public void alarm(LLL_Result result) {
            long soon = Deadlines.after(Duration.ofHours(2).toNanos());
            start.meet();
            Given.hesitate();
            result.r1 = supervisor.deadlines().sweep(soon) == Deadlines.NEVER ? "not met" : "met";
        }

        /** Checks when the alarm is to look. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            long number = segment.deadlines()[task.slot];
            result.r2 = number > 0 && number <= task.due() ? "watched" : "forgotten";
            result.r3 = supervisor.deadlines().sweep(0) <= task.due() ? "armed" : "asleep";
            supervisor.abort();
        }
    }

    /** The new task lies in another slot, beside which there is no number. */
    @JCStressTest
    @Outcome(id = "met, watched, armed", expect = ACCEPTABLE, desc = "The alarm found the new task.")
    @Outcome(id = "not met, watched, armed", expect = ACCEPTABLE, desc = "The alarm came before the new task.")
    @Outcome(expect = FORBIDDEN, desc = "The alarm would not look at the new task in time.")
    @State
    public static class OtherSlot {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final SupervisedTask<?> earlier = specified(supervisor);
        private final Specified<?> task = new Specified<>(spec(supervisor, 3), Given.NOTHING);
        private final Segment segment = earlier.segment;

        /** Starts with the number that an earlier task has left. */
        public OtherSlot() {
            Given.run(earlier);
        }

        /** Adds the new task, as a spawn does. */
        @Actor
        public void spawner() {
            start.meet();
            add(task, segment, earlier.slot + 1);
        }

        /** Looks. */
        @Actor
        public void alarm(LLL_Result result) {
            long soon = Deadlines.after(Duration.ofHours(2).toNanos());
            start.meet();
            Given.hesitate();
            result.r1 = supervisor.deadlines().sweep(soon) == Deadlines.NEVER ? "not met" : "met";
        }

        /** Checks when the alarm is to look. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            long number = segment.deadlines()[task.slot];
            result.r2 = number > 0 && number <= task.due() ? "watched" : "forgotten";
            result.r3 = supervisor.deadlines().sweep(0) <= task.due() ? "armed" : "asleep";
            supervisor.abort();
        }
    }
}
