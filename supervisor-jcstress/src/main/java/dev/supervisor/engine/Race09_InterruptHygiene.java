package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A pool's thread runs one task after the other while the first is cancelled: the second task gets no interrupt from
 * that (C6), nor does a callback (E4).
 *
 * <p>The runner plays the pool's thread: it runs both tasks. A callback of the first task, and the body of the second,
 * note the interrupt status. The body of the first task takes a moment, and ignores interrupts.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race09_InterruptHygiene"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *                                     RESULT     SAMPLES    FREQ      EXPECT
 * callback clean, next clean, late SUCCEEDED     583,730   2.60%  Acceptable
 * callback clean, next clean, told CANCELLED  14,621,125  65.04%  Acceptable
 * callback clean, next clean, told SUCCEEDED   7,274,259  32.36%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "callback clean, next clean, told SUCCEEDED", expect = ACCEPTABLE,
        desc = "The task was interrupted, and the interrupt stayed in its window.")
@Outcome(id = "callback clean, next clean, told CANCELLED", expect = ACCEPTABLE,
        desc = "The task was cancelled before its start.")
@Outcome(id = "callback clean, next clean, late SUCCEEDED", expect = ACCEPTABLE,
        desc = "The cancel came after the end of the task.")
@Outcome(expect = FORBIDDEN, desc = "An interrupt has reached code for which it was not meant.")
@State
public class Race09_InterruptHygiene {

    private static final Watchdog CANCELLER = new Watchdog();

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> first = supervisor.spawn(Given::hesitate);
    private final Task<?> second = supervisor.spawn(() -> next = status());
    private volatile String callback;
    private volatile String next;

    /** Starts with a callback that notes the interrupt status. */
    public Race09_InterruptHygiene() {
        first.onDone(task -> callback = status());
    }

    /** Runs both tasks. */
    @Actor
    public void runner(LLL_Result result) {
        start.meet();
        Given.run(first);
        Given.run(second);
        result.r2 = "next " + (Thread.interrupted() ? "interrupted, then" : next);
    }

    /** Cancels the first task, and waits for its callback. */
    @Actor
    public void canceller(LLL_Result result) {
        start.meet();
        boolean told = first.cancel();
        result.r1 = CANCELLER.wait(() -> {
            while (callback == null) {
                Thread.onSpinWait();
            }
            return "callback " + callback;
        });
        result.r3 = (told ? "told " : "late ") + first.status();
    }

    private static String status() {
        return Thread.currentThread().isInterrupted() ? "interrupted" : "clean";
    }
}
