package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListSet;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A fatal error against a fatal error: the exit throws one, both are reported (C7; {@link FatalErrors}).
 *
 * <p>The claim: the slot keeps the error that reaches it first, and no second error replaces that. The failure handler
 * gets the failure of each task that has failed. The abort for the first error may drop the other task before its
 * start; then that task has not failed. In general this race cannot see which of two errors was first. But if one was
 * reported before the predicate was asked about the other, it was first.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race13a_FatalFatal"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 *          RESULT    SAMPLES    FREQ      EXPECT
 *      one, [one]  6,918,799  40.41%  Acceptable
 *      two, [two]  2,707,891  15.81%  Acceptable
 * one, [one, two]  4,125,933  24.10%  Acceptable
 * two, [one, two]  3,370,971  19.69%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = {"one, [one]", "two, [two]"}, expect = ACCEPTABLE,
        desc = "One task failed first, and its abort cancelled the other before its start.")
@Outcome(id = {"one, [one, two]", "two, [one, two]"}, expect = ACCEPTABLE,
        desc = "Both have failed; the exit has thrown the first.")
@Outcome(expect = FORBIDDEN, desc = "A fatal error was lost, or replaced by a later one.")
@State
public class Race13a_FatalFatal {

    private static final Error ONE = new Given.Fatal("one");
    private static final Error TWO = new Given.Fatal("two");

    private final Set<String> reported = new ConcurrentSkipListSet<>();
    private final Scope supervisor = (Scope) Given.builder().unowned().fatalIf(this::isFatal)
            .onFailure((task, failure) -> reported.add(failure.getMessage())).open();
    private volatile Throwable late;
    private final Task<?> one = supervisor.spawn(() -> {
        Given.hesitate();
        throw ONE;
    });
    private final Task<?> two = supervisor.spawn(() -> {
        Given.hesitate();
        throw TWO;
    });

    /**
     * Asked before an error is kept. If the other error was reported by then, it was kept long before, and this one
     * comes late.
     */
    private boolean isFatal(Throwable thrown) {
        if (reported.contains(thrown == ONE ? "two" : "one")) {
            late = thrown;
        }
        return true;
    }

    /** Runs the first task. */
    @Actor
    public void first() {
        Given.run(one);
    }

    /** Runs the second task. */
    @Actor
    public void second() {
        Given.run(two);
    }

    /** Closes. */
    @Arbiter
    public void arbiter(LL_Result result) {
        try {
            supervisor.close();
            result.r1 = "nothing";
        } catch (CompletionException wrapped) {
            Throwable thrown = wrapped.getCause();
            result.r1 = thrown.getMessage() + (thrown == late ? ", which came late" : "");
        }
        result.r2 = reported.toString();
    }
}
