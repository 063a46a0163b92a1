package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * A fatal error that interrupts the owner against the owner that leaves its block (C6, C7; {@link Owner}).
 *
 * <p>The claim: the owner is interrupted inside of its block or not at all. The owner takes back a status that is still
 * pending when it leaves the block. So the interrupt does not end its join, which throws the fatal error. The code
 * after the join finds a clear interrupt status, at once and later.
 *
 * <p>The owner is the thread that opens the supervisor. So one actor opens and joins, and the other waits for it.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race13c_FatalOwnerLeaves"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *               RESULT    SAMPLES    FREQ      EXPECT
 * leaves, fatal, clean    237,480   2.92%  Acceptable
 *   told, fatal, clean  7,895,394  97.08%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "told, fatal, clean", expect = ACCEPTABLE,
        desc = "The owner was interrupted in its block, and no status remains.")
@Outcome(id = "leaves, fatal, clean", expect = ACCEPTABLE,
        desc = "It was not, or so late that it did not see the interrupt, and no status remains.")
@Outcome(expect = FORBIDDEN, desc = "The interrupt has hit the join, or the code after it.")
@State
public class Race13c_FatalOwnerLeaves {

    private static final Watchdog OWNER = new Watchdog();
    private static final Error FATAL = new Given.Fatal("fatal");
    private static final Supervisor.Builder OWNED = Given.builder().fatalIf(Given.Fatal.class::isInstance);

    private final Given.Start start = new Given.Start();
    private volatile Task<?> task;

    /** Opens a supervisor, spawns, and joins. */
    @Actor
    public void owner(LLL_Result result) {
        boolean before = Thread.interrupted();
        Scope supervisor = (Scope) OWNED.open();
        task = supervisor.spawn(() -> {
            throw FATAL;
        });
        start.meet();
        Given.pause();
        result.r1 = Thread.currentThread().isInterrupted() ? "told" : "leaves";
        result.r2 = OWNER.wait(() -> {
            try {
                supervisor.join();
                return "nothing";
            } catch (Given.Fatal thrown) {
                return "fatal";
            }
        });
        boolean after = Thread.interrupted();
        result.r3 = after ? "interrupted" : before ? "interrupted later" : "clean";
    }

    /** Runs the task, which fails. */
    @Actor
    public void runner() {
        while (task == null) {
            Thread.onSpinWait();
        }
        start.meet();
        Given.run(task);
    }
}
