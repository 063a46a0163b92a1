package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

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
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * Afterwards:
 * RESULT     SAMPLES     FREQ      EXPECT
 *  wakes  25,878,794  100.00%  Acceptable
 * Meanwhile:
 *          RESULT     SAMPLES    FREQ      EXPECT
 * relies, in time  12,798,485  57.59%  Acceptable
 *  wakes, in time     380,990   1.71%  Acceptable
 *   wakes, longer   9,043,639  40.69%  Acceptable
 * }</pre>
 */
public final class Race27f_RelyOnOthers {

    private static final long SOON = Deadlines.after(Given.HOUR.toNanos());
    private static final long LATER = SOON + Given.HOUR.toNanos();

    private Race27f_RelyOnOthers() { }

    private static Alarm awake() {
        Alarm alarm = Given.alarm();
        Given.awaken(alarm);
        return alarm;
    }

    /** The time is set while the alarm says until when it sleeps. */
    @JCStressTest
    @Outcome(id = "relies, in time", expect = ACCEPTABLE, desc = "The alarm has read the time, and sleeps no longer.")
    @Outcome(id = "wakes, in time", expect = ACCEPTABLE, desc = "So it has, and the spawner wakes it in vain.")
    @Outcome(id = "wakes, longer", expect = ACCEPTABLE, desc = "The spawner has seen that the alarm sleeps longer.")
    @Outcome(expect = FORBIDDEN, desc = "The alarm sleeps on.")
    @State
    public static class Meanwhile {

        private final Given.Start start = new Given.Start();
        private final Alarm alarm = awake();

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

    /** The time is set when the alarm has said so; the spawner reads both meanwhile. */
    @JCStressTest
    @Outcome(id = "wakes", expect = ACCEPTABLE, desc = "The time is not set yet, or the alarm has said that it sleeps.")
    @Outcome(expect = FORBIDDEN, desc = "The alarm sleeps on.")
    @State
    public static class Afterwards {

        private final Given.Start start = new Given.Start();
        private final Alarm alarm = awake();

        /** Spawns. */
        @Actor
        public void spawner(L_Result result) {
            start.meet();
            result.r1 = alarm.isLate(SOON) ? "wakes" : "relies";
        }

        /** Is about to sleep; then another spawner is cut off. */
        @Actor
        public void alarmAndOther() {
            start.meet();
            Given.announce(alarm, LATER);
            Given.lower(alarm, SOON);
        }
    }
}
