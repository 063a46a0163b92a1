package dev.supervisor.soak;

import dev.supervisor.Completions;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The kinds of lives that supervisors have here; each driver lives one kind again and again. */
final class Rounds {

    private static final int NEST_DEPTH = 3;
    /** Actors of a long life wait while so many tasks live. */
    private static final int MOST_LIVE = 128;

    private final Soak soak;

    Rounds(Soak soak) {
        this.soak = soak;
    }

    private static Threads pickThreads(SplittableRandom random) {
        return Threads.values()[random.nextInt(Threads.values().length)];
    }

    // ---- short ones

    /** Some ten tasks, spawned by the owner and up to three strangers at once, and one of the exits. */
    void shortScope(SplittableRandom random, Soak.Beat beat) throws InterruptedException {
        Exit exit = Exit.values()[random.nextInt(Exit.values().length)];
        soak.tally.add(exit);
        SupervisorUnderTest scope = new SupervisorUnderTest(soak, "a short scope, " + exit, pickThreads(random),
                exit.tells, exit.meddled, random.nextInt(4) == 0);
        Workers workers = new Workers(soak);
        int steps = 1 + random.nextInt(40);
        int actors = random.nextInt(4);
        new ExitScenario(scope, exit, workers, random).live(owner -> {
            for (int i = 0; i < actors; i++) {
                SplittableRandom own = random.split();
                workers.send(() -> steps(scope, own, steps));
            }
            steps(scope, random, steps);
        });
        workers.await();
        beat.beat();
        scope.auditAtRest(random);
    }

    private static void steps(SupervisorUnderTest scope, SplittableRandom random, int steps) throws InterruptedException {
        for (int step = 0; step < steps; step++) {
            scope.act(random, NEST_DEPTH, null);
        }
    }

    // ---- long ones

    /** A supervisor that lives for some seconds, with its owner and three strangers spawning all the while. */
    void longLife(SplittableRandom random, Soak.Beat beat) throws InterruptedException {
        longLife(pickThreads(random), false, random, beat);
    }

    /**
     * The same, but the owner waits in {@code join}, beside a task that lives as long as strangers spawn: so all that they
     * spawn has to be accepted. The task has a thread of its own, for others may have to wait for it.
     */
    void longLifeInJoin(SplittableRandom random, Soak.Beat beat) throws InterruptedException {
        longLife(random.nextBoolean() ? Threads.DEFAULT : Threads.FACTORY, true, random, beat);
    }

    private void longLife(Threads threads, boolean inJoin, SplittableRandom random, Soak.Beat beat)
            throws InterruptedException {
        SupervisorUnderTest scope = new SupervisorUnderTest(soak, "a long life", threads, false, false, random.nextInt(4) == 0);
        Supervisor supervisor = scope.builder(random).open();
        scope.opened(supervisor);
        long end = System.nanoTime() + random.nextLong(1_000_000_000L, 10_000_000_000L);
        Workers workers = new Workers(soak);
        CountDownLatch strangers = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            SplittableRandom own = random.split();
            workers.send(() -> {
                try {
                    crowd(scope, own, end, beat);
                } finally {
                    strangers.countDown();
                }
            });
        }
        if (inJoin && livesOn(scope, strangers)) {
            soak.tally.add(Tally.Of.LONG_LIVES_IN_JOIN);
            supervisor.join();
        } else {
            crowd(scope, random, end, beat);
        }
        if (random.nextBoolean()) {
            workers.await();
            scope.ledger.exit();
            supervisor.join();
        } else {
            scope.ledger.tell();
            scope.ledger.exit();
        }
        supervisor.close();
        scope.ledger.auditAfterExit(supervisor, "the close of a long life");
        scope.ledger.auditFatal(null);
        workers.await();
        scope.auditAtRest(random);
    }

    /** Whether there is a task that lives as long as strangers spawn; there is none if it was refused. */
    private static boolean livesOn(SupervisorUnderTest scope, CountDownLatch strangers) {
        return scope.link(() -> {
            strangers.await();
            scope.ledger.exit();
        }) != null;
    }

    private void crowd(SupervisorUnderTest scope, SplittableRandom random, long end, Soak.Beat beat) throws InterruptedException {
        while (System.nanoTime() < end && !soak.isOver()) {
            if (scope.supervisor().liveCount() < MOST_LIVE) {
                scope.act(random, NEST_DEPTH, null);
                beat.beat();
            } else {
                Thread.yield();
            }
        }
    }

    // ---- servers

    /** A server with its drains, limits, time limits, async tasks, children and views, and one of its ends. */
    void server(SplittableRandom random, Soak.Beat beat) throws InterruptedException {
        ServerRound round = new ServerRound(soak, random);
        beat.in(round);
        round.live();
        beat.beat();
    }

    // ---- completions

    /** Several producers, and the owner as consumer, who gets each task once (E9). */
    void completions(SplittableRandom random, Soak.Beat beat) throws InterruptedException {
        SupervisorUnderTest scope = new SupervisorUnderTest(soak, "completions", pickThreads(random), false, false, false);
        Map<Task<?>, Entry> entries = new ConcurrentHashMap<>();
        Supervisor supervisor = scope.builder(random).open();
        scope.opened(supervisor);
        Completions<Object> completions = supervisor.completions();
        Workers workers = new Workers(soak);
        int producers = 1 + random.nextInt(3);
        CountDownLatch producing = new CountDownLatch(producers);
        for (int i = 0; i < producers; i++) {
            SplittableRandom own = random.split();
            workers.send(() -> {
                for (int n = own.nextInt(60); n > 0; n--) {
                    Entry entry = scope.spawn(own, BodyKind.pick(own, scope, 0), 0, null, completions);
                    if (entry != null) {
                        entries.put(entry.task(), entry);
                        if (own.nextInt(8) == 0) {
                            entry.cancel(own.nextBoolean());
                        }
                    }
                }
                producing.countDown();
            });
        }
        List<Task<?>> got = new ArrayList<>();
        while (producing.getCount() > 0 || completions.pending() > 0) {
            Task<?> task = next(completions, random.nextInt(3));
            if (task != null) {
                got.add(task);
                beat.beat();
            }
        }
        workers.await();
        scope.ledger.exit();
        supervisor.join();
        supervisor.close();
        scope.ledger.auditAfterExit(supervisor, "join");
        for (Task<?> task = completions.poll(); task != null; task = completions.poll()) {
            got.add(task);
        }
        got.forEach(task -> {
            Entry entry = entries.get(task);
            if (entry != null) {
                entry.handedOver(task);
            } else if (scope.threads != Threads.CHAOTIC) {   // which throws though it has passed the task on
                soak.findings.add("E9", task + " is handed over, and its spawn has not returned");
            }
        });
        entries.values().forEach(entry -> {
            if (!entry.isHandedOver()) {
                soak.findings.add("E9", entry + " was never handed over");
            }
        });
        if (completions.pending() != 0) {
            soak.findings.add("E9", completions.pending() + " tasks of " + scope.ledger + " are pending at the end");
        }
        scope.auditAtRest(random);
    }

    private static Task<?> next(Completions<Object> completions, int way) throws InterruptedException {
        try {
            return way == 0 ? completions.take() : way == 1 ? completions.poll()
                    : completions.poll(Duration.ofNanos(TimeUnit.MILLISECONDS.toNanos(1)));
        } catch (NoSuchElementException nonePending) {
            return null;
        }
    }

    // ---- chains

    /** Three supervisors deep, and cancelled from outside. */
    void chain(SplittableRandom random, Soak.Beat beat) throws InterruptedException {
        Threads threads = pickThreads(random);
        if (threads.mayRunInline()) {
            return;   // nobody could cancel it from here
        }
        Threads inner = threads == Threads.BOUNDED ? threads : NestedSupervisors.pick(random);
        SupervisorUnderTest scope = new SupervisorUnderTest(soak, "a chain", threads, false, false, false);
        Supervisor supervisor = scope.builder(random).open();
        scope.opened(supervisor);
        CountDownLatch innermost = new CountDownLatch(1);
        SplittableRandom further = random.split();
        Entry entry = scope.link(() -> new NestedSupervisors(soak, further).chain(inner, NEST_DEPTH, innermost));
        if (entry != null) {
            // A pool may be busy: then it is cancelled before it is three deep.
            if (innermost.await(1, TimeUnit.SECONDS)) {
                soak.tally.add(Tally.Of.CHAINS_THREE_DEEP);
            }
        }
        scope.ledger.tell();
        supervisor.close();
        scope.ledger.auditAfterExit(supervisor, "close");
        beat.beat();
        scope.auditAtRest(random);
    }
}
