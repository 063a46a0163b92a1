package dev.supervisor.engine;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Tasks that come and go in a live set during a visit (A5, E7; {@link LiveTasks}).
 *
 * <p>The claim: the set is linearizable task by task. A visit sees a task that is in the set throughout, and does not
 * see a task that is never in the set. It may or may not see a task that is added or removed meanwhile. A visit as a
 * whole is no snapshot: it may see a later task and miss an earlier one. So each operation here asks for one task only.
 *
 * <p>The crowded set begins with one free slot of eight, so two threads that add have to grow it, during a visit. Empty
 * segments are dropped meanwhile.
 *
 * <pre>{@code
 * mvn -pl supervisor-jcstress -am verify -Djcstress.skip -Dtest=Lincheck15_LiveTasksTest \
 *     -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
class Lincheck15_LiveTasksTest {

    private static final int CALLERS = 5;   // the initial part, three threads, the final part
    private static final int FIRST_SEGMENT = 8;

    @Test
    void a5_fromEmpty() {
        Interleavings.options(15, 150).threads(3).sequentialSpecification(Sequential.class).check(FromEmpty.class);
    }

    @Test
    void a5_fromCrowded() {
        Interleavings.options(15, 150).threads(3).actorsBefore(0).actorsPerThread(1)
                .sequentialSpecification(Sequential.class).check(FromCrowded.class);
    }

    @Test
    void a5_fromEmptySegment() {
        Interleavings.options(15, 300).threads(2).actorsBefore(0).actorsPerThread(1).actorsAfter(0)
                .sequentialSpecification(Sequential.class).check(FromEmptySegment.class);
    }

    /** The real set, in which each caller has one task at most. */
    public abstract static class Concurrent {

        private final Stripe set = new Stripe();
        private final SupervisedTask<?>[] tasks = new SupervisedTask<?>[CALLERS];
        private final SupervisedTask<?>[] added = new SupervisedTask<?>[CALLERS];
        private final int residents;

        Concurrent(int residents) {
            this.residents = residents;
            for (int resident = 0; resident < residents; resident++) {
                Given.add(set);
            }
            if (residents == FIRST_SEGMENT) {
                Completion.retire(Given.add(set));
            }
            for (int caller = 0; caller < CALLERS; caller++) {
                tasks[caller] = Given.task();
            }
        }

        @Operation
        public void add(@Param(gen = ThreadIdGen.class) int caller) {
            if (added[caller] == null) {
                added[caller] = tasks[caller];
                Given.enter(set);
                set.add(tasks[caller]);
            }
        }

        @Operation
        public void remove(@Param(gen = ThreadIdGen.class) int caller) {
            if (added[caller] != null) {
                added[caller] = null;
                Completion.retire(tasks[caller]);
            }
        }

        @Operation
        public boolean sees(@Param(gen = IntGen.class, conf = "1:3") int caller) {
            return count(caller) > 0;
        }

        /** Drops empty segments, as a spawner does at the end of a segment while few tasks are live. */
        @Operation
        public void drop() {
            Segment[] all = set.segments.all;
            boolean dropped = false;
            for (int index = 1; index < all.length; index++) {
                dropped |= all[index].close(new Object());
            }
            if (dropped) {
                set.unlink();
            }
        }

        /** When no thread is in the middle of an operation, each task is seen once, and the bound of slots holds. */
        @Validate
        public void isExact() {
            int live = residents;
            for (int caller = 0; caller < CALLERS; caller++) {
                int expected = added[caller] == null ? 0 : 1;
                live += expected;
                if (count(caller) != expected) {
                    throw new AssertionError("Task " + caller + " was seen " + count(caller) + " times");
                }
            }
            int[] seen = new int[1];
            set.forEach(task -> seen[0]++);
            if (seen[0] != live || set.size() != live) {
                throw new AssertionError(live + " live, " + seen[0] + " seen, size " + set.size());
            }
            if (set.capacity() > FIRST_SEGMENT + (residents + CALLERS) * 12 / 7) {
                throw new AssertionError(set.capacity() + " slots");
            }
        }

        private int count(int caller) {
            int[] seen = new int[1];
            set.forEach(task -> {
                if (task == tasks[caller]) {
                    seen[0]++;
                }
            });
            return seen[0];
        }
    }

    /** Begins with no task. */
    public static class FromEmpty extends Concurrent {
        /** With eight free slots. */
        public FromEmpty() {
            super(0);
        }
    }

    /** Begins with one free slot. */
    public static class FromCrowded extends Concurrent {
        /** With one free slot. */
        public FromCrowded() {
            super(FIRST_SEGMENT - 1);
        }
    }

    /** Begins with a full segment, and with an empty one in which the cursor stands. */
    public static class FromEmptySegment extends Concurrent {
        /** With eight free slots in a segment that may be dropped. */
        public FromEmptySegment() {
            super(FIRST_SEGMENT);
        }
    }

    /** What a set does, one operation after the other. */
    public static class Sequential {

        private final boolean[] added = new boolean[CALLERS];

        public void add(int caller) {
            added[caller] = true;
        }

        public void remove(int caller) {
            added[caller] = false;
        }

        public boolean sees(int caller) {
            return added[caller];
        }

        public void drop() {
            // No task is in a segment that is dropped.
        }
    }
}
