package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A spawner that gives a supervisor to the alarm, against the alarm's thread, which ends since there was none for long:
 * afterwards there is one thread (S6; {@link Alarm}).
 *
 * <p>The spawner adds the supervisor, then looks for a thread. The alarm's thread takes itself out, then looks for a
 * supervisor. One of the two sees the other; if both do, one of them puts a thread in. The spawner starts a real thread,
 * which ends when the supervisor is gone.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race27g_AlarmEnds"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *           RESULT  SAMPLES    FREQ      EXPECT
 *    relies, stays      499   1.48%  Acceptable
 * starts one, ends   33,253  98.52%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "starts one, ends", expect = ACCEPTABLE, desc = "The spawner has seen that there is no thread.")
@Outcome(id = "relies, stays", expect = ACCEPTABLE, desc = "The alarm has seen the supervisor.")
@Outcome(expect = FORBIDDEN, desc = "There is no thread, or there are two.")
@State
public class Race27g_AlarmEnds {

    private static final Scope SUPERVISOR = Given.unowned();

    private final Given.Start start = new Given.Start();
    private final Alarm alarm = Given.alarm();
    private final Deadlines deadlines = new Deadlines(SUPERVISOR);
    private volatile boolean looked;

    /** Has a time limit. */
    @Actor
    public void spawner(LL_Result result) {
        start.meet();
        Given.hesitate();
        alarm.admit(deadlines);
        result.r1 = Given.isStarted(alarm) ? "starts one" : "relies";
        Given.until(() -> looked);
        alarm.forget(deadlines);
    }

    /** Has had no supervisor for long enough. */
    @Actor
    public void alarm(LL_Result result) {
        start.meet();
        result.r2 = Given.ends(alarm) ? "ends" : "stays";
        looked = true;
    }
}
