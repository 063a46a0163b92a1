package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.supervisor.Task;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ILL_Result;
import org.openjdk.jcstress.infra.results.LLI_Result;

/**
 * A drain against another drain, an abort, and a close: hooks run once, the earliest end counts, and all of them return
 * (S1; {@link Drain}).
 *
 * <p>Each thread that drains lowers the common end, and visits the hooks. A flag in the task decides which of two
 * visits runs a hook of its spec. A thread that waits in a drain is released by the end of the supervisor, whichever
 * thread has brought that about.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race25d_TwoDrains"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Aborted:
 *             RESULT  SAMPLES    FREQ      EXPECT
 * false, FINISHED, 0   71,009  82.25%  Acceptable
 * false, FINISHED, 1   15,328  17.75%  Acceptable
 * Begin:
 *                RESULT  SAMPLES     FREQ      EXPECT
 * 1, earliest, DRAINING   95,980  100.00%  Acceptable
 * Closed:
 *                    RESULT  SAMPLES    FREQ      EXPECT
 * false, FINISHED closed, 0   68,708  86.91%  Acceptable
 * false, FINISHED closed, 1   10,351  13.09%  Acceptable
 * NoGrace:
 *                   RESULT  SAMPLES    FREQ      EXPECT
 * false, FINISHED false, 0   32,077  42.65%  Acceptable
 * false, FINISHED false, 1   43,126  57.35%  Acceptable
 * }</pre>
 */
public final class Race25d_TwoDrains {

    private Race25d_TwoDrains() { }

    /** Two drains begin, with other ends. */
    @JCStressTest
    @Outcome(id = "1, earliest, DRAINING", expect = ACCEPTABLE, desc = "The hook ran once; the earliest end counts.")
    @Outcome(expect = FORBIDDEN, desc = "A hook was lost, or ran twice, or a later end counts.")
    @State
    public static class Begin {

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final AtomicInteger hooks = new AtomicInteger();
        private final Task<?> task = supervisor.spec("task").onDrain(hooks::getAndIncrement).spawn(Given.NOTHING);

        /** Drains with the later end. */
        @Actor
        public void late() {
            start.meet();
            Drain.beginWithHooks(supervisor, 2);
        }

        /** Drains with the earlier one. */
        @Actor
        public void early() {
            start.meet();
            Given.hesitate();
            Drain.beginWithHooks(supervisor, 1);
        }

        /** Counts the calls. */
        @Arbiter
        public void arbiter(ILL_Result result) {
            result.r1 = hooks.get();
            result.r2 = supervisor.extras().drainEnd == 1 ? "earliest" : "another";
            result.r3 = Given.state(supervisor);
            Given.run(task);
        }
    }

    /** The other thread aborts. */
    @JCStressTest
    @Outcome(id = "false, FINISHED, 0", expect = ACCEPTABLE, desc = "The abort has dropped the task before its hook.")
    @Outcome(id = "false, FINISHED, 1", expect = ACCEPTABLE, desc = "The hook ran before the abort.")
    @Outcome(expect = FORBIDDEN, desc = "The drain hangs, or says that no task was cancelled, or a hook ran twice.")
    @State
    public static class Aborted {

        private static final Watchdog DRAINER = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final AtomicInteger hooks = new AtomicInteger();

        /** Starts with a task that no thread runs. */
        public Aborted() {
            supervisor.spec("task").onDrain(hooks::getAndIncrement).spawn(Given.NOTHING);
        }

        /** Drains. */
        @Actor
        public void drainer(LLI_Result result) {
            start.meet();
            result.r1 = DRAINER.wait(() -> String.valueOf(supervisor.drain(Given.HOUR)));
        }

        /** Aborts. */
        @Actor
        public void aborter() {
            start.meet();
            Given.pause();
            supervisor.abort();
        }

        /** Checks whether all is over. */
        @Arbiter
        public void arbiter(LLI_Result result) {
            result.r2 = Given.whatIsLeft(supervisor);
            result.r3 = hooks.get();
        }
    }

    /** The other thread drains without any grace, and so shuts down. */
    @JCStressTest
    @Outcome(id = "false, FINISHED false, 0", expect = ACCEPTABLE, desc = "The other one was first.")
    @Outcome(id = "false, FINISHED false, 1", expect = ACCEPTABLE, desc = "The hook ran before the shutdown.")
    @Outcome(expect = FORBIDDEN, desc = "One of the two hangs, or says that no task was cancelled.")
    @State
    public static class NoGrace {

        private static final Watchdog DRAINER = new Watchdog();
        private static final Watchdog OTHER = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final AtomicInteger hooks = new AtomicInteger();
        private String other;

        /** Starts with a task that no thread runs. */
        public NoGrace() {
            supervisor.spec("task").onDrain(hooks::getAndIncrement).spawn(Given.NOTHING);
        }

        /** Drains. */
        @Actor
        public void drainer(LLI_Result result) {
            start.meet();
            result.r1 = DRAINER.wait(() -> String.valueOf(supervisor.drain(Given.HOUR)));
        }

        /** Drains without grace. */
        @Actor
        public void other() {
            start.meet();
            Given.pause();
            other = OTHER.wait(() -> String.valueOf(supervisor.drain(Duration.ZERO)));
        }

        /** Checks whether all is over. */
        @Arbiter
        public void arbiter(LLI_Result result) {
            result.r2 = Given.whatIsLeft(supervisor) + " " + other;
            result.r3 = hooks.get();
        }
    }

    /** The other thread closes, without a join before. */
    @JCStressTest
    @Outcome(id = "false, FINISHED closed, 0", expect = ACCEPTABLE, desc = "The close was first.")
    @Outcome(id = "false, FINISHED closed, 1", expect = ACCEPTABLE, desc = "The hook ran before the close.")
    @Outcome(expect = FORBIDDEN, desc = "One of the two hangs, or the drain says that no task was cancelled.")
    @State
    public static class Closed {

        private static final Watchdog DRAINER = new Watchdog();
        private static final Watchdog CLOSER = new Watchdog();

        private final Given.Start start = new Given.Start();
        private final Scope supervisor = Given.unowned();
        private final AtomicInteger hooks = new AtomicInteger();
        private String closed;

        /** Starts with a task that no thread runs. */
        public Closed() {
            supervisor.spec("task").onDrain(hooks::getAndIncrement).spawn(Given.NOTHING);
        }

        /** Drains. */
        @Actor
        public void drainer(LLI_Result result) {
            start.meet();
            result.r1 = DRAINER.wait(() -> String.valueOf(supervisor.drain(Given.HOUR)));
        }

        /** Closes. */
        @Actor
        public void closer() {
            start.meet();
            Given.pause();
            closed = CLOSER.wait(() -> {
                supervisor.close();
                return "closed";
            });
        }

        /** Checks whether all is over. */
        @Arbiter
        public void arbiter(LLI_Result result) {
            result.r2 = Given.whatIsLeft(supervisor) + " " + closed;
            result.r3 = hooks.get();
        }
    }
}
