package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Self;
import dev.supervisor.Task;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * The alarm, which ends a shield that has lasted too long, against the body, which ends it and begins another: the
 * alarm never ends the later one (S11; {@link SelfTask}).
 *
 * <p>The alarm claims the shield by compare-and-set of its end, and then clears the flag. The body claims the shield in
 * the same way. If it comes second it waits until the flag is clear, so before it sets the flag for another shield. The
 * first shield may last for an hour, and the other for ten. The alarm looks after two hours; the actor says so, and no
 * time passes. The task was cancelled in the first shield. So after both shields the body has been interrupted.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race30b_ShieldMax"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                  RESULT  SAMPLES    FREQ      EXPECT
 * alarm, kept, told clean   12,802  23.85%  Acceptable
 *  body, kept, told clean   40,875  76.15%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "alarm, kept, told clean", expect = ACCEPTABLE, desc = "The alarm has ended the first shield.")
@Outcome(id = "body, kept, told clean", expect = ACCEPTABLE, desc = "The body has ended the first shield.")
@Outcome(expect = FORBIDDEN,
        desc = "The later shield was ended, or felt an interrupt, or the interrupt was lost or came late.")
@State
public class Race30b_ShieldMax {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final SupervisedTask<?> task;
    private volatile boolean shielded;
    private volatile boolean looked;
    private String later = "kept";
    private boolean told;

    /** Starts with a task that has not begun. */
    public Race30b_ShieldMax() {
        Task<?> spawned = supervisor.spawnWithSelf(this::body);
        this.task = (SupervisedTask<?>) spawned;
    }

    private String body(Self self) {
        self.shield(Given.HOUR, () -> {
            self.task().cancel();
            shielded = true;
            start.meet();
            Given.hesitate();
            return null;
        });
        self.shield(Duration.ofHours(10), () -> {
            boolean felt = Thread.interrupted();
            Given.until(() -> looked);
            felt |= Thread.interrupted();
            later = felt ? "felt" : (task.state & TaskState.SHIELDED) == 0 ? "lost" : "kept";
            return null;
        });
        told = Thread.currentThread().isInterrupted();
        return "done";
    }

    /** Runs the task, on a thread whose status must be clear before and after. */
    @Actor
    public void runner(LLL_Result result) {
        boolean early = Thread.interrupted();
        Given.run(task);
        boolean late = Thread.interrupted();
        result.r2 = later;
        result.r3 = (told ? "told " : "not told ") + (late ? "interrupted" : early ? "interrupted later" : "clean");
        supervisor.seal();
    }

    /** Does what the alarm does when the time of the first shield is over, and then what its helper does. */
    @Actor
    public void alarm(LLL_Result result) {
        long soon = Deadlines.after(Duration.ofHours(2).toNanos());
        Given.until(() -> shielded);
        start.meet();
        Given.hesitate();
        boolean ended = task.expire(soon);
        if (ended) {
            task.onTime();
        }
        result.r1 = ended ? "alarm" : "body";
        looked = true;
    }
}
