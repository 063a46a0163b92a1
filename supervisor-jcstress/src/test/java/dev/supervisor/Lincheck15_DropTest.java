package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/**
 * A segment of the live set is dropped while a spawner who still knows it claims a slot there (A5, E7; {@link Segment}).
 *
 * <p>The claims: a task that was added is found by each sweep that begins then, once. A sweep that finds a task before
 * its add has returned may complete it: then the task is in no set any more. Nobody completes a task that lies in no set
 * yet, because the segment in which its spawner had put it is gone.
 *
 * <p>All slots of the first segment are taken, and the second is empty; there the cursor stands.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck15_DropTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck15_DropTest {

    private static final int RESIDENTS = 8;

    /** That of the interleaving that runs: Lincheck stops nobody at reads of what no static field leads to. */
    private static Situation shared;

    /** A set with an empty segment, and a task that is to come. */
    private static final class Situation {

        private final Stripe stripe = new Stripe();
        private final SupervisedTask<?> task = Given.task();
        private final Segment empty;
        private boolean removed;

        Situation() {
            for (int resident = 0; resident < RESIDENTS; resident++) {
                Given.add(stripe);
            }
            Completion.retire(Given.add(stripe));
            empty = stripe.segments.all[1];
            shared = this;
        }

        void add() {
            Given.enter(stripe);
            stripe.add(task);
        }

        void drop() {
            if (empty.close(new Object())) {
                stripe.unlink();
            }
        }

        int seen() {
            int[] seen = new int[2];
            stripe.forEach(found -> seen[found == task ? 0 : 1]++);
            assertEquals(RESIDENTS, seen[1]);
            return seen[0];
        }

        /** Completes the task if it is there. */
        void sweep() {
            stripe.forEach(found -> {
                if (found == task) {
                    removed = true;
                    Completion.retire(task);
                }
            });
        }

        void check() {
            assertEquals(removed ? 0 : 1, seen());
            assertEquals(RESIDENTS + (removed ? 0 : 1), stripe.size());
        }
    }

    @Test
    void a5_aTaskThatWasAddedIsFound() {
        Interleavings.explore(500, () -> {
            Situation situation = new Situation();
            Interleavings.concurrently(situation::drop, () -> {
                situation.add();
                assertEquals(1, situation.seen());
            });
            situation.check();
        });
    }

    @Test
    void a5_aTaskThatWasAddedIsFoundThoughTwoDrop() {
        Interleavings.explore(1_000, () -> {
            Situation situation = new Situation();
            Interleavings.concurrently(situation::drop, situation::drop, () -> {
                situation.add();
                assertEquals(1, situation.seen());
            });
            situation.check();
        });
    }

    @Test
    void a5_aTaskThatASweepHasFoundIsNotAddedAgain() {
        Interleavings.explore(1_000, () -> {
            Situation situation = new Situation();
            Interleavings.concurrently(situation::sweep, situation::drop, situation::add);
            situation.check();
        });
    }

    @Test
    void a5_aSweepThatDropsAfterwards() {
        Interleavings.explore(1_000, () -> {
            Situation situation = new Situation();
            Interleavings.concurrently(() -> {
                situation.sweep();
                situation.drop();
            }, situation::add);
            situation.check();
        });
    }
}
