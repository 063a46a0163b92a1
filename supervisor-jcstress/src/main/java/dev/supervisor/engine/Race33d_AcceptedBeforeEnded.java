package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Refusal;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A spawn against an abort that drops its task: the observer is told of the end of what it was told was accepted, once
 * and after that; or only of the refusal (O4; {@link RecordedBody}).
 *
 * <p>The abort can drop and complete the task before the spawner has told of it, and while it does. The completer then
 * leaves a mark, and the spawner tells of the end.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race33d_AcceptedBeforeEnded"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *                    RESULT  SAMPLES    FREQ      EXPECT
 *  accepted, accepted ended   76,778  44.53%  Acceptable
 * is shutting down, refused   95,631  55.47%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "accepted, accepted ended", expect = ACCEPTABLE, desc = "The abort came later.")
@Outcome(id = "is shutting down, refused", expect = ACCEPTABLE, desc = "It came earlier.")
@Outcome(expect = FORBIDDEN, desc = "An event is missing, comes twice, or too early.")
@State
public class Race33d_AcceptedBeforeEnded {

    private final Given.Start start = new Given.Start();
    private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
    private final Scope supervisor = (Scope) Given.builder().unowned().observer(new TaskObserver() {
        @Override
        public void accepted(Task<?> task) {
            Given.hesitate();
            events.add("accepted");
        }

        @Override
        public void started(Task<?> task) {
            events.add("started");
        }

        @Override
        public void ended(Task<?> task, long queuedNanos, long ranNanos) {
            events.add("ended");
        }

        @Override
        public void refused(Supervisor by, Refusal reason) {
            events.add("refused");
        }
    }).open();

    /** Spawns. */
    @Actor
    public void spawner(LL_Result result) {
        start.meet();
        Given.hesitate();
        result.r1 = Given.told(Given.spawn(supervisor));
    }

    /** Aborts. */
    @Actor
    public void aborter() {
        start.meet();
        Given.hesitate();
        supervisor.abort();
    }

    /** Looks at the events. */
    @Arbiter
    public void arbiter(LL_Result result) {
        result.r2 = String.join(" ", events);
    }
}
