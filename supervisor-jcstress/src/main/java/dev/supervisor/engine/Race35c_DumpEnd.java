package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.DumpOption;
import dev.supervisor.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A dump with stacks, against a task that ends, and whose thread goes on with something else, as that of a pool does:
 * the task has no stack that is not its own (O2; {@link Dump}).
 *
 * <p>To take a stack takes a while. The thread that dumps looks afterwards whether the thread runs the task still. If so,
 * it has run the task all the while.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race35c_DumpEnd"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 *    RESULT  SAMPLES    FREQ      EXPECT
 *   its own    5,136  10.36%  Acceptable
 * no thread   29,662  59.85%  Acceptable
 *  not live   14,765  29.79%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "not live", expect = ACCEPTABLE, desc = "The task had retired.")
@Outcome(id = "no thread", expect = ACCEPTABLE, desc = "It had not begun, or has ended meanwhile.")
@Outcome(id = "its own", expect = ACCEPTABLE, desc = "The thread was running the task.")
@Outcome(expect = FORBIDDEN, desc = "The stack is that of something else.")
@State
public class Race35c_DumpEnd {

    private final Given.Start start = new Given.Start();
    private final Scope supervisor = Given.unowned();
    private final Task<?> task = supervisor.spawn(Race35c_DumpEnd::work);

    /** Takes about as long as a look at a stack. */
    private static void work() {
        for (int pauses = 0; pauses < 20; pauses++) {
            Given.pause();
        }
    }

    /** Runs the task, and goes on. */
    @Actor
    public void runner() {
        start.meet();
        Given.run(task);
        Given.pause();
    }

    /** Dumps. */
    @Actor
    public void dumper(L_Result result) {
        start.meet();
        Given.hesitate();
        String text = dump();
        result.r1 = text.indexOf("Task ") < 0 ? "not live"
                : text.indexOf(", no thread\n") >= 0 ? "no thread"
                : text.indexOf("TaskBody.run(") >= 0 ? "its own" : "a stranger's";
    }

    private String dump() {
        StringBuilder text = new StringBuilder();
        try {
            supervisor.dump(text, DumpOption.stacks());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
