package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A spawner whose time another one has set, which was cut off before it could wake the alarm, against the alarm that is
 * about to sleep: one of the two sees the other (S6; {@link Alarm}).
 *
 * <p>The alarm says until when it will sleep, then reads once more when it is to look. A spawner reads that time, then
 * until when the alarm sleeps. If both are early enough it does nothing.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race27f_RelyOnOthers"
 *
 * Observed: not yet.
 * }</pre>
 */
@JCStressTest
@Outcome(id = "relies, in time", expect = ACCEPTABLE, desc = "The alarm has read the time, and does not sleep longer.")
@Outcome(id = "wakes, in time", expect = ACCEPTABLE, desc = "So it has, and the spawner wakes it in vain.")
@Outcome(id = "wakes, longer", expect = ACCEPTABLE, desc = "The spawner has seen that the alarm sleeps longer.")
@Outcome(expect = FORBIDDEN, desc = "The alarm sleeps on.")
@State
public class Race27f_RelyOnOthers {

    private static final long SOON = Deadlines.after(Given.HOUR.toNanos());
    private static final long LATER = SOON + Given.HOUR.toNanos();

    private final Given.Start start = new Given.Start();
    private final Alarm alarm = Given.alarm();

    /** Is awake at first, and says then how long it sleeps. */
    public Race27f_RelyOnOthers() {
        Given.awaken(alarm);
    }

    /** Is cut off; then spawns once more. */
    @Actor
    public void spawner(LL_Result result) {
        start.meet();
        Given.lower(alarm, SOON);
        result.r1 = alarm.isLate(SOON) ? "wakes" : "relies";
    }

    /** Is about to sleep. */
    @Actor
    public void alarm(LL_Result result) {
        start.meet();
        result.r2 = Given.announce(alarm, LATER) <= SOON ? "in time" : "longer";
    }
}
