package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * The step under a fatal error against a shutdown: both interrupt the owner, which is interrupted once (C3, C6, C7;
 * {@link Owner}).
 *
 * <p>Both do so by the same step, and only that step runs here. The owner is a thread that has not been started and
 * counts its interrupts.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race13d_OwnerInterruptedOnce"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC, quick mode):
 * RESULT     SAMPLES     FREQ      EXPECT
 *      1  84,809,994  100.00%  Acceptable
 * }</pre>
 */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "The owner was interrupted once.")
@Outcome(expect = FORBIDDEN, desc = "The owner was not interrupted, or was interrupted twice.")
@State
public class Race13d_OwnerInterruptedOnce {

    private final Counting thread = new Counting();
    private final Owner owner = new Owner(new WindowStack(thread));

    /** Interrupts the owner, as a fatal error does. */
    @Actor
    public void fatal() {
        owner.interrupt();
    }

    /** Interrupts the owner, as a shutdown does. */
    @Actor
    public void shutdown() {
        owner.interrupt();
    }

    /** Counts the interrupts. */
    @Arbiter
    public void arbiter(I_Result result) {
        result.r1 = thread.interrupts.get();
    }

    private static final class Counting extends Thread {

        final AtomicInteger interrupts = new AtomicInteger();

        @Override
        public void interrupt() {
            interrupts.incrementAndGet();
        }
    }
}
