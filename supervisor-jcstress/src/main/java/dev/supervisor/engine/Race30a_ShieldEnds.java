package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Self;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A cancel against the begin and the end of a shield, and against the next code on the thread: no interrupt is felt
 * inside of the shield, the body feels one after that, and the next code none (S11; {@link SelfTask}).
 *
 * <p>The canceller notes OWED, or the interrupt, by compare-and-set of the word that has SHIELDED. The body sets
 * SHIELDED when no canceller is in the middle of an interrupt, and sets a status aside that is set by then. It clears
 * SHIELDED and OWED together, and delivers to itself what is owed.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race30a_ShieldEnds"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *              RESULT  SAMPLES    FREQ      EXPECT
 *  after, told, clean   30,877  77.58%  Acceptable
 * before, told, clean    2,923   7.34%  Acceptable
 * inside, told, clean    6,001  15.08%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "before, told, clean", expect = ACCEPTABLE,
        desc = "The interrupt came before the shield, and was set aside.")
@Outcome(id = "inside, told, clean", expect = ACCEPTABLE, desc = "The request came in the shield, or as it began.")
@Outcome(id = "after, told, clean", expect = ACCEPTABLE,
        desc = "The request came when the shield had ended, or just before.")
@Outcome(expect = FORBIDDEN, desc = "An interrupt was felt in the shield, or after the body, or none in the body.")
@State
public class Race30a_ShieldEnds {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawnWithSelf(this::body);
    private volatile boolean running;
    private volatile boolean cancelled;
    private boolean before;
    private boolean felt;
    private boolean inside;
    private boolean told;

    private String body(Self self) {
        running = true;
        start.meet();
        Given.hesitate();
        before = Thread.currentThread().isInterrupted();
        self.shield(Given.HOUR, () -> {
            felt = Given.swallow();
            inside = self.isCancelRequested();
            return null;
        });
        Given.until(() -> cancelled);
        told = Thread.currentThread().isInterrupted();
        return "done";
    }

    /** Runs the task, on a thread whose status must be clear before and after. */
    @Actor
    public void runner(LLL_Result result) {
        boolean early = Thread.interrupted();
        Given.run(task);
        boolean late = Thread.interrupted();
        result.r1 = felt ? "felt" : before ? "before" : inside ? "inside" : "after";
        result.r2 = told ? "told" : "not told";
        result.r3 = late ? "interrupted" : early ? "interrupted later" : "clean";
        supervisor.seal();
    }

    /** Cancels the task. */
    @Actor
    public void canceller() {
        Given.until(() -> running);
        start.meet();
        Given.pause();
        task.cancel();
        cancelled = true;
    }
}
