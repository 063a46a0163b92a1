package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Completions;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A consumer that waits for a finished task, against the completion (E9; see {@link CompletionQueue}, which implements
 * {@link Completions}).
 *
 * <p>The claim: take returns the task. The consumer publishes its latch and then looks at the queue again. The producer
 * offers the task and then looks for a latch, with a full fence between the two. At least one of them sees the other.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race21_TakeCompletion"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * RESULT     SAMPLES     FREQ      EXPECT
 *  taken  17,082,634  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "taken", expect = ACCEPTABLE, desc = "The consumer has taken the task, whichever actor came first.")
@Outcome(expect = FORBIDDEN, desc = "The wake-up was lost.")
@State
public class Race21_TakeCompletion {

    private static final Watchdog CONSUMER = new Watchdog();

    private final Given.Start start = new Given.Start();
    private final Completions<String> completions = Given.unowned().completions();
    private final Task<String> task = completions.spawn(() -> "done");

    /** Takes. */
    @Actor
    public void consumer(L_Result result) {
        start.meet();
        Given.hesitate();
        result.r1 = CONSUMER.wait(() -> completions.take() == task ? "taken" : "another");
    }

    /** Runs the task. */
    @Actor
    public void producer() {
        start.meet();
        Given.hesitate();
        Given.run(task);
    }
}
