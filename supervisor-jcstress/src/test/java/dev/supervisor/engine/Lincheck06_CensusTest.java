package dev.supervisor.engine;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Counting in and out against the end of admission (A3, C9; {@link Census}).
 *
 * <p>The claim: {@code enter}, {@code leave}, {@code endAdmission} and {@code isFinished} are linearizable. A spawner
 * enters while admission is open, or while a task is live. No task is lost. Once admission has ended and no task is
 * counted in, the census is finished, for all threads at the same time, and no task enters any more.
 *
 * <p>{@code size} is not linearizable, so the claim for it is weaker: it is never less than the number of tasks that
 * stay throughout, and exact when no thread is in the middle of an operation.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck06_CensusTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck06_CensusTest {

    private static final int CALLERS = 5;   // the initial part, three threads, the final part
    private static final int FIRST = 1;

    @Test
    void c9_fromEmpty() {
        Interleavings.options(20, 200).threads(2).actorsBefore(0)
                .sequentialSpecification(SequentialFromEmpty.class).check(FromEmpty.class);
    }

    @Test
    void c9_fromOneLive() {
        Interleavings.options(20, 200).threads(3).actorsBefore(0).actorsPerThread(1)
                .sequentialSpecification(SequentialFromOneLive.class).check(FromOneLive.class);
    }

    @Test
    void c9_fromTwoStripes() {
        Interleavings.options(20, 200).threads(2).actorsBefore(0)
                .sequentialSpecification(SequentialFromOneLive.class).check(FromTwoStripes.class);
    }

    @Test
    void c9_whileSomebodyJoins() {
        Interleavings.options(20, 200).threads(3).actorsBefore(0).actorsPerThread(1)
                .sequentialSpecification(SequentialWhileSomebodyJoins.class).check(WhileSomebodyJoins.class);
    }

    /** The real census. Each caller has one task at most. */
    public abstract static class Concurrent {

        final Census census = new Census();
        private final Stripe[] entered = new Stripe[CALLERS];
        /** Counts each task from after its enter until before its exit. */
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean ended;

        @Operation
        public boolean enter(@Param(gen = ThreadIdGen.class) int caller) {
            if (entered[caller] == null) {
                entered[caller] = census.enter();
                if (entered[caller] == null) {
                    return false;
                }
                inside.incrementAndGet();
            }
            return true;
        }

        @Operation
        public void leave(@Param(gen = ThreadIdGen.class) int caller) {
            Stripe stripe = entered[caller];
            if (stripe != null) {
                entered[caller] = null;
                inside.decrementAndGet();
                Given.leave(census, stripe);
            }
        }

        @Operation(runOnce = true)
        public void endAdmission() {
            census.endAdmission();
            ended = true;
        }

        @Operation
        public boolean isFinished() {
            return census.isFinished();
        }

        /** Whether the census counts the caller's task, which stays throughout. */
        @Operation
        public boolean countsMine(@Param(gen = ThreadIdGen.class) int caller) {
            return entered[caller] == null || census.size() > 0;
        }

        /** Holds when no thread is in the middle of an operation. */
        @Validate
        public void isExact() {
            boolean over = ended && inside.get() == 0;   // the Phaser is asked first: isFinished() may terminate it
            if (census.size() != inside.get() || Given.isAnnounced(census) != over || census.isFinished() != over) {
                throw new AssertionError(inside + " inside, admission " + (ended ? "has ended" : "is open")
                        + ": " + Given.state(census));
            }
        }
    }

    /** Begins with no task. */
    public static class FromEmpty extends Concurrent { }

    /** Begins with a task of the first caller. */
    public static class FromOneLive extends Concurrent {
        /** Counts the task in. */
        public FromOneLive() {
            enter(FIRST);
        }
    }

    /** Begins with a task of the first caller, and callers go to one of two stripes. */
    public static class FromTwoStripes extends FromOneLive {
        /** Grows the census. */
        public FromTwoStripes() {
            Given.growAnyway(census);
        }
    }

    /** Begins as {@link FromTwoStripes}, with admission ended. */
    public static class WhileSomebodyJoins extends FromTwoStripes {
        /** Ends admission. */
        public WhileSomebodyJoins() {
            endAdmission();
        }
    }

    /** What a census does, one operation after the other. */
    public abstract static class Sequential {

        private final boolean[] entered = new boolean[CALLERS];
        private int live;
        private boolean ended;

        public boolean enter(int caller) {
            if (entered[caller]) {
                return true;
            }
            if (ended && live == 0) {
                return false;
            }
            entered[caller] = true;
            live++;
            return true;
        }

        public void leave(int caller) {
            if (entered[caller]) {
                entered[caller] = false;
                live--;
            }
        }

        public void endAdmission() {
            ended = true;
        }

        public boolean isFinished() {
            return ended && live == 0;
        }

        public boolean countsMine(int caller) {
            return true;
        }
    }

    /** Begins with no task. */
    public static class SequentialFromEmpty extends Sequential { }

    /** Begins with a task of the first caller. */
    public static class SequentialFromOneLive extends Sequential {
        /** Counts the task in. */
        public SequentialFromOneLive() {
            enter(FIRST);
        }
    }

    /** Begins with a task of the first caller, and admission ended. */
    public static class SequentialWhileSomebodyJoins extends SequentialFromOneLive {
        /** Ends admission. */
        public SequentialWhileSomebodyJoins() {
            endAdmission();
        }
    }
}
