package dev.supervisor.soak;

import dev.supervisor.Supervisor;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

/** Supervisors in tasks of supervisors (C10). */
final class NestedSupervisors {

    private final Soak soak;
    private final SplittableRandom random;

    NestedSupervisors(Soak soak, SplittableRandom random) {
        this.soak = soak;
        this.random = random;
    }

    /** A supervisor in the body of a task, whose tasks may have others; cancelled with that task, if it is. */
    void nest(int depth) throws InterruptedException {
        SupervisorUnderTest inner = new SupervisorUnderTest(soak, "a nested supervisor", pick(random), false, false, random.nextInt(4) == 0);
        Supervisor supervisor = inner.builder(random).open();
        inner.opened(supervisor);
        try {
            for (int steps = 1 + random.nextInt(8); steps > 0; steps--) {
                inner.act(random, depth - 1, null);
            }
            inner.ledger.exit();
            if (random.nextInt(4) > 0) {
                supervisor.join();
            }
        } catch (InterruptedException cancelled) {
            soak.tally.add(Tally.Of.NESTS_CUT_SHORT);
            throw cancelled;
        } finally {
            leave(inner);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void leave(SupervisorUnderTest inner) {
        inner.ledger.tell();
        inner.supervisor().close();
        inner.ledger.auditAfterExit(inner.supervisor(), "close");
        inner.auditAtRest(random);
    }

    static Threads pick(SplittableRandom random) {
        Threads threads;
        do {
            threads = Threads.values()[random.nextInt(Threads.values().length)];
        } while (!threads.isForNests());
        return threads;
    }

    /**
     * A chain of supervisors, each in a task of the one before, whose innermost task waits to be interrupted. Each
     * level ends because the level around it is cancelled.
     */
    void chain(Threads threads, int levels, CountDownLatch innermost) throws InterruptedException {
        if (levels == 0) {
            innermost.countDown();
            new CountDownLatch(1).await();
        }
        SupervisorUnderTest inner = new SupervisorUnderTest(soak, "a chain of nested supervisors, " + levels, threads, false, false, false);
        inner.opened(inner.builder(random).open());
        try {
            SplittableRandom further = random.split();
            inner.link(() -> new NestedSupervisors(soak, further).chain(threads, levels - 1, innermost));
            inner.supervisor().join();
        } catch (InterruptedException cancelled) {
            soak.tally.add(Tally.Of.NESTS_CUT_SHORT);
            throw cancelled;
        } finally {
            leave(inner);
        }
    }
}
