package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Which stripe a thread uses, and how threads that collide are spread: Progress, in the contract. */
class StripesTest {

    private static final Stripes MOST = most();

    /** The largest number of stripes. */
    private static Stripes most() {
        Stripes stripes = Stripes.one();
        for (Stripes more = stripes.relieved(stripes.all[0]); more.all.length > stripes.all.length;
                more = more.relieved(more.all[0])) {
            stripes = more;
        }
        return stripes;
    }

    @Test
    void progress_twoThreadsThatCollideComeApart() throws Exception {
        if (MOST.all.length == 1) {
            return;   // on one processor
        }
        List<ExecutorService> threads = new ArrayList<>();
        try {
            int[] pair = colliding(threads);
            Stripes stripes = MOST;
            for (int collisions = 0; mine(stripes, threads.get(pair[0])) == mine(stripes, threads.get(pair[1]));
                    collisions++) {
                assertTrue(collisions < 100_000, "they still collide");
                stripes = stripes.relieved(mine(stripes, threads.get(pair[0])));
            }
            assertSame(MOST.all, stripes.all);
        } finally {
            threads.forEach(ExecutorService::shutdown);
        }
    }

    /** Starts threads until two of them collide, which takes at most one more thread than there are stripes. */
    private static int[] colliding(List<ExecutorService> threads) throws Exception {
        List<Stripe> used = new ArrayList<>();
        for (;;) {
            ExecutorService thread = Executors.newSingleThreadExecutor(Kind::daemon);
            threads.add(thread);
            Stripe stripe = mine(MOST, thread);
            int other = used.indexOf(stripe);
            used.add(stripe);
            if (other >= 0) {
                return new int[] {other, used.size() - 1};
            }
        }
    }

    private static Stripe mine(Stripes stripes, ExecutorService thread) throws Exception {
        return thread.submit((Callable<Stripe>) stripes::mine).get();
    }

    /** If threads collide again and again, all threads are spread anew, and no more often than that. */
    @Test
    void progress_threadsAreSpreadAsOftenAsTheLogarithmOfCollisionsSays() {
        Stripe stripe = new Stripe();
        Stripes stripes = MOST;
        int spreads = 0;
        for (int collisions = 0; collisions < 1 << 16; collisions++) {
            Stripes relieved = stripes.relieved(stripe);
            if (relieved != stripes) {
                spreads++;
                stripes = relieved;
            }
        }
        assertTrue(spreads <= 17 && (spreads >= 15 || MOST.all.length == 1), spreads + " times");
    }

    @Test
    void a5_whoStillUsesTheOldStripesEntersOneThatTheNewOnesHave() {
        Stripes one = Stripes.one();
        Stripes exiting = one.exiting();
        assertSame(one.all, exiting.all);
        Stripes more = exiting.doubled();
        assertTrue(Arrays.asList(more.all).containsAll(Arrays.asList(one.all)));
        assertNotSame(exiting.termination, more.termination);
        assertSame(more.all, more.termination.stripes);
    }
}
