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
 * A spawner that sets a time at which the alarm is to look, against the alarm, which looks at all and then sleeps: it
 * sleeps no longer than until that time (S6; {@link Alarm}).
 *
 * <p>The spawner lowers the supervisor's time, then that of the alarm. The alarm forgets its own time, then looks at
 * that of each supervisor, and lowers its own to the least. Whatever is lowered in between stays. An actor is the
 * thread of the alarm; it does one look, and reads for how long it would sleep.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race27c_ArmSleep"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *            RESULT  SAMPLES    FREQ      EXPECT
 * for ever, in time  212,335  51.88%  Acceptable
 *  in time, in time  196,932  48.12%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "in time, in time", expect = ACCEPTABLE, desc = "The look has found the time, or was told of it.")
@Outcome(id = "for ever, in time", expect = ACCEPTABLE, desc = "The alarm is told of it when it has looked.")
@Outcome(expect = FORBIDDEN, desc = "The alarm sleeps on.")
@State
public class Race27c_ArmSleep {

    private static final Scope SUPERVISOR = Given.unowned();
    private static final long SOON = Deadlines.after(Given.HOUR.toNanos());

    private final Given.Start start = new Given.Start();
    private final Alarm alarm = Given.alarm();
    private final Deadlines deadlines = new Deadlines(SUPERVISOR);

    /** Starts with an alarm that knows the supervisor. */
    public Race27c_ArmSleep() {
        alarm.admit(deadlines);
        alarm.wake(SOON + 1);
    }

    /** Has a time limit. */
    @Actor
    public void spawner() {
        start.meet();
        Given.hesitate();
        Given.arm(alarm, deadlines, SOON);
    }

    /** Looks, and reads for how long to sleep. */
    @Actor
    public void alarm(LL_Result result) {
        start.meet();
        Given.look(alarm);
        result.r1 = sleeps();
    }

    /** Reads it once more. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r2 = sleeps();
    }

    private String sleeps() {
        return Given.next(alarm) <= SOON ? "in time" : "for ever";
    }
}
