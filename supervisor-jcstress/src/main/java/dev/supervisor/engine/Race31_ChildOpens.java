package dev.supervisor.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A supervisor that opens as the child of another, against an abort, a seal, a drain and a join of the parent: the
 * child is refused, or its own admission ends alike (S12; {@link ChildTask}).
 *
 * <p>The opener adds the child to the tasks of the parent, and then reads the parent's state. The other thread sets the
 * state, and then visits the tasks. At least one of the two sees the other. An empty child is finished by that, and is
 * counted out of the parent once. Only a join of the parent does not end the admission of a child that opens later.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -DskipTests -Djcstress.skip=false \
 *     -Djcstress.mode=quick -Djcstress.args="-t Race31_ChildOpens"
 *
 * Observed (Temurin 25.0.3, 2 processors of an AMD EPYC under other load, quick mode, both actors compiled alike):
 * Aborted:
 *                           RESULT  SAMPLES    FREQ      EXPECT
 * is shutting down, none, FINISHED   50,832  42.95%  Acceptable
 *       opened, aborting, FINISHED   67,525  57.05%  Acceptable
 * Drained:
 *                      RESULT  SAMPLES    FREQ      EXPECT
 * is draining, none, FINISHED   73,143  37.23%  Acceptable
 *  opened, draining, FINISHED  123,315  62.77%  Acceptable
 * Ended:
 *                RESULT  SAMPLES     FREQ      EXPECT
 * FINISHED, 0, FINISHED  146,340  100.00%  Acceptable
 * Exiting:
 *                   RESULT  SAMPLES    FREQ      EXPECT
 *  opened, ended, FINISHED  139,494  71.43%  Acceptable
 * opened, goes on, EXITING   55,791  28.57%  Acceptable
 * OwnerInterrupted:
 *                   RESULT  SAMPLES    FREQ      EXPECT
 * is shutting down, clear  222,168  18.82%  Acceptable
 *           opened, clear  958,486  81.18%  Acceptable
 * Sealed:
 *                    RESULT  SAMPLES    FREQ      EXPECT
 * is sealed, none, FINISHED   40,708  43.66%  Acceptable
 *  opened, sealed, FINISHED   52,525  56.34%  Acceptable
 * }</pre>
 */
public final class Race31_ChildOpens {

    private Race31_ChildOpens() { }

    /** The child that was opened, or the reason of a rejection. */
    private static Object open(Scope parent) {
        try {
            return Given.builder().unowned().parent(parent).open();
        } catch (RejectedExecutionException e) {
            return Given.reason(e);
        }
    }

    private static String told(Object opened) {
        return opened instanceof Scope ? "opened" : (String) opened;
    }

    /** The parent aborts. */
    @JCStressTest
    @Outcome(id = "opened, aborting, FINISHED", expect = ACCEPTABLE, desc = "The child is aborted, too.")
    @Outcome(id = "is shutting down, none, FINISHED", expect = ACCEPTABLE, desc = "The abort came first.")
    @Outcome(expect = FORBIDDEN, desc = "The child goes on, or the parent never ends.")
    @State
    public static class Aborted {

        private final Given.Start start = new Given.Start();
        private final Scope parent = Given.unowned();
        private Object child;

        /** Opens the child. */
        @Actor
        public void opener(LLL_Result result) {
            start.meet();
            child = open(parent);
            result.r1 = told(child);
        }

        /** Aborts. */
        @Actor
        public void aborter() {
            start.meet();
            Given.pause();
            parent.abort();
        }

        /** Checks both. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r2 = !(child instanceof Scope opened) ? "none"
                    : opened.lifecycle.isAborting() ? "aborting" : "goes on";
            result.r3 = Given.whatIsLeft(parent);
        }
    }

    /** The parent shuts down, which interrupts the owners of children. */
    @JCStressTest
    @Outcome(id = "opened, clear", expect = ACCEPTABLE, desc = "The owner was interrupted in its block, at most.")
    @Outcome(id = "is shutting down, clear", expect = ACCEPTABLE, desc = "The shutdown came first.")
    @Outcome(expect = FORBIDDEN, desc = "The interrupt reaches what the owner does afterwards.")
    @State
    public static class OwnerInterrupted {

        private final Given.Start start = new Given.Start();
        private final Scope parent = Given.unowned();

        /** Opens a child, and closes it. */
        @Actor
        public void owner(LL_Result result) {
            start.meet();
            Object child = openOwned();
            result.r1 = told(child);
            if (child instanceof Scope opened) {
                opened.close();
            }
            result.r2 = Thread.interrupted() ? "interrupted" : "clear";
        }

        private Object openOwned() {
            try {
                return Given.builder().parent(parent).open();
            } catch (RejectedExecutionException e) {
                return Given.reason(e);
            }
        }

        /** Shuts the parent down. */
        @Actor
        public void stopper() {
            start.meet();
            Given.pause();
            parent.shutdown();
        }
    }

    /** The parent is sealed. */
    @JCStressTest
    @Outcome(id = "opened, sealed, FINISHED", expect = ACCEPTABLE, desc = "The child is sealed, too.")
    @Outcome(id = "is sealed, none, FINISHED", expect = ACCEPTABLE, desc = "The seal came first.")
    @Outcome(expect = FORBIDDEN, desc = "The child goes on, or the parent never ends.")
    @State
    public static class Sealed {

        private final Given.Start start = new Given.Start();
        private final Scope parent = Given.unowned();
        private Object child;

        /** Opens the child. */
        @Actor
        public void opener(LLL_Result result) {
            start.meet();
            child = open(parent);
            result.r1 = told(child);
        }

        /** Seals. */
        @Actor
        public void sealer() {
            start.meet();
            Given.pause();
            parent.seal();
        }

        /** Checks both. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r2 = !(child instanceof Scope opened) ? "none" : opened.lifecycle.isSealed() ? "sealed" : "goes on";
            result.r3 = Given.whatIsLeft(parent);
        }
    }

    /** A thread joins the parent, which has another task that stays. */
    @JCStressTest
    @Outcome(id = "opened, goes on, EXITING", expect = ACCEPTABLE,
            desc = "The child opened when the joiner had looked.")
    @Outcome(id = "opened, ended, FINISHED", expect = ACCEPTABLE, desc = "The joiner has ended the empty child.")
    @Outcome(expect = FORBIDDEN, desc = "The child was refused, or has ended and is not counted out.")
    @State
    public static class Exiting {

        private final Given.Start start = new Given.Start();
        private final Scope parent = Given.unowned();
        private final SupervisedTask<?> stays = Given.claimed(parent);
        private Object child;

        /** Opens the child. */
        @Actor
        public void opener(LLL_Result result) {
            start.meet();
            child = open(parent);
            result.r1 = told(child);
        }

        /** Does what a join does before it waits. */
        @Actor
        public void joiner() {
            start.meet();
            Given.pause();
            parent.lifecycle.markExiting();
            parent.census.endAdmission();
            ChildTask.forEach(parent, ChildTask.EXIT);
        }

        /** Checks both, when no other task is live. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            boolean ended = child instanceof Scope opened && opened.census.isFinished();
            result.r2 = ended ? "ended" : "goes on";
            stays.cancel();
            Given.drop(stays);
            result.r3 = Given.state(parent);
            parent.abort();
        }
    }

    /** The parent, which has another task that stays, drains. */
    @JCStressTest
    @Outcome(id = "opened, draining, FINISHED", expect = ACCEPTABLE,
            desc = "The child drains, too, with the same clock.")
    @Outcome(id = "is draining, none, FINISHED", expect = ACCEPTABLE, desc = "The drain came first.")
    @Outcome(expect = FORBIDDEN, desc = "The child goes on, or has another clock, or the parent never ends.")
    @State
    public static class Drained {

        private final Given.Start start = new Given.Start();
        private final Scope parent = Given.unowned();
        private final SupervisedTask<?> stays = Given.claimed(parent);
        private Object child;

        /** Opens the child. */
        @Actor
        public void opener(LLL_Result result) {
            start.meet();
            child = open(parent);
            result.r1 = told(child);
        }

        /** Drains. */
        @Actor
        public void drainer() {
            start.meet();
            Given.pause();
            Given.drain(parent);
        }

        /** Checks both. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r2 = !(child instanceof Scope opened) ? "none"
                    : !opened.lifecycle.isDraining() ? "goes on"
                    : opened.extras().drainEnd == parent.extras().drainEnd ? "draining" : "another clock";
            parent.abort();
            Given.drop(stays);
            result.r3 = Given.whatIsLeft(parent);
        }
    }

    /** A thread closes an empty child; another seals its parent, which ends the child as well. */
    @JCStressTest
    @Outcome(id = "FINISHED, 0, FINISHED", expect = ACCEPTABLE, desc = "One of the two has counted the child out.")
    @Outcome(expect = FORBIDDEN, desc = "The child was counted out twice, or never.")
    @State
    public static class Ended {

        private final Given.Start start = new Given.Start();
        private final Scope parent = Given.unowned();
        private final Scope child = (Scope) open(parent);

        /** Closes the child. */
        @Actor
        public void closer() {
            start.meet();
            child.close();
        }

        /** Seals the parent. */
        @Actor
        public void sealer() {
            start.meet();
            parent.seal();
        }

        /** Checks both. */
        @Arbiter
        public void arbiter(LLL_Result result) {
            result.r1 = child.state();
            result.r2 = parent.liveCount();
            result.r3 = parent.state();
        }
    }
}
