package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A waiter that wakes to say what it waits for, against the last completion: the wait ends when all is over, and not
 * before; and nothing is said when it is due after that (O7; {@link LongWait}).
 *
 * <p>The waiter reads the clock, then looks whether all is over, and speaks if it is due and all is not over. By its
 * clock ten seconds pass with each reading. It looks at once some times, then parks for some
 * microseconds before each look.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race34a_EndDue"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *            RESULT  SAMPLES    FREQ      EXPECT
 * FINISHED, in time   55,147  44.55%  Acceptable
 *  FINISHED, silent   68,653  55.45%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "FINISHED, silent", expect = ACCEPTABLE, desc = "The end came before the waiter had anything to say.")
@Outcome(id = "FINISHED, in time", expect = ACCEPTABLE, desc = "It has spoken, and each time before the end.")
@Outcome(expect = FORBIDDEN, desc = "It hangs, has returned too early, or has spoken after the end.")
@State
public class Race34a_EndDue {

    private static final Watchdog WATCHDOG = new Watchdog();

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> last = supervisor.spawn(Given.NOTHING);
    private volatile boolean ended;
    /** Whether the end had been brought about when the waiter last read its clock. */
    private boolean endedAtReading;
    private String said = "silent";

    /** Each reading is ten seconds later. */
    private final WaitClock clock = new WaitClock() {

        private long now;
        private int looks;

        @Override
        long now() {
            endedAtReading = ended;
            now += LongWait.FIRST_NANOS;
            return now;
        }

        @Override
        boolean await(Census census, long nanos) throws InterruptedException {
            return super.await(census, looks++ < 4 ? 0 : 20_000);
        }
    };

    /** Waits. */
    @Actor
    public void waiter(LL_Result result) {
        supervisor.seal();
        LongWait wait = new LongWait(supervisor, "close", clock) {
            @Override
            void speak() {
                said = endedAtReading || said.equals("late") ? "late" : "in time";
            }
        };
        start.meet();
        result.r1 = WATCHDOG.wait(() -> {
            wait.await(Deadlines.NEVER);
            return Given.state(supervisor);
        });
        result.r2 = said;
    }

    /** Runs the last task. */
    @Actor
    public void runner() {
        start.meet();
        Given.hesitate();
        Given.run(last);
        ended = true;
    }
}
