package dev.supervisor.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The threads of the soak. Where it can, it looks at the interrupt status between two tasks (C6). */
final class Pools {

    private static final int MOST_BOUNDED = 16;
    private static final Runnable STOP = () -> { };

    private final Findings findings;
    private final Tally tally;
    private final AtomicLong threads = new AtomicLong();
    private final ExecutorService fixed = Executors.newFixedThreadPool(4, task -> daemon("fixed", task));
    private final ExecutorService strangers = Executors.newCachedThreadPool(task -> daemon("stranger", task));
    private final ForkJoinPool bounded = new ForkJoinPool(
            2, this::worker, null, true, 2, MOST_BOUNDED, 1, pool -> true, 60, TimeUnit.SECONDS);
    private final LinkedBlockingQueue<Runnable> late = new LinkedBlockingQueue<>();
    private final List<Thread> pumps = new ArrayList<>();

    Pools(Findings findings, Tally tally) {
        this.findings = findings;
        this.tally = tally;
        for (int i = 0; i < 2; i++) {
            Thread pump = daemon("late", this::pump);
            pumps.add(pump);
            pump.start();
        }
    }

    Thread daemon(String role, Runnable body) {
        Thread thread = new Thread(body, "soak-" + role + "-" + threads.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    private ForkJoinWorkerThread worker(ForkJoinPool pool) {
        ForkJoinWorkerThread worker = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
        worker.setName("soak-bounded-" + threads.incrementAndGet());
        return worker;
    }

    /** Whoever acts on a supervisor from outside runs here. */
    Executor strangers() {
        return strangers;
    }

    /**
     * The executor of one supervisor.
     *
     * @param mayDrop whether it may never run a task, since all will be cancelled
     */
    Executor executor(Threads kind, boolean mayDrop, SplittableRandom random) {
        Dice dice = new Dice(random.nextLong());
        return switch (kind) {
            case FIXED -> task -> fixed.execute(watched(task));
            case COMMON -> task -> ForkJoinPool.commonPool().execute(watched(task));
            case BOUNDED -> task -> bounded.execute(watched(task));
            case CALLER -> Runnable::run;
            case LATE -> task -> {
                if (!mayDrop || dice.roll(10) > 0) {
                    late.add(watched(task));
                }
            };
            case CHAOTIC -> task -> chaos(task, dice);
            case DEFAULT, FACTORY -> throw new IllegalArgumentException(kind + " has no executor");
        };
    }

    /** A factory of threads; it throws, or returns null, now and then. */
    ThreadFactory factory(SplittableRandom random) {
        Dice dice = new Dice(random.nextLong());
        return task -> switch (dice.roll(64)) {
            case 0 -> throw new Fault.OfUser(Fault.Culprit.EXECUTOR);
            case 1 -> throw new Fault.NoThread();
            case 2 -> null;
            default -> daemon("factory", watched(task));
        };
    }

    private void chaos(Runnable task, Dice dice) {
        switch (dice.roll(24)) {
            case 0 -> throw new Fault.Refusal();
            case 1 -> throw new Fault.OfUser(Fault.Culprit.EXECUTOR);
            case 2 -> throw new Fault.NoThread();
            case 3 -> {
                fixed.execute(watched(task));
                throw new Fault.AfterStart();
            }
            case 4 -> {
                fixed.execute(watched(task));
                fixed.execute(watched(task));
            }
            case 5, 6 -> task.run();
            case 7 -> fixed.execute(watched(() -> runInterrupted(task)));
            case 8, 9 -> late.add(watched(task));
            default -> fixed.execute(watched(task));
        }
    }

    /** A status that a task finds on its thread is there again when it has ended. */
    private void runInterrupted(Runnable task) {
        Thread.currentThread().interrupt();
        task.run();
        if (Thread.interrupted()) {
            tally.add(Tally.Of.STATUS_RESTORED);
        } else {
            findings.add("C6", "the interrupt status that a task found on its thread is gone after it");
        }
    }

    private Runnable watched(Runnable task) {
        return () -> {
            if (Thread.interrupted()) {
                findings.add("C6", "a pooled thread is interrupted between two tasks");
            }
            task.run();
            if (Thread.interrupted()) {
                findings.add("C6", "a task has left an interrupt on its thread");
            }
        };
    }

    private void pump() {
        try {
            for (Runnable task = late.take(); task != STOP; task = late.take()) {
                task.run();
            }
        } catch (InterruptedException e) {
            findings.add("C6", "a thread that runs tasks late is interrupted between two of them");
        }
    }

    /** Ends all threads, and waits for them. */
    boolean close() throws InterruptedException {
        pumps.forEach(pump -> late.add(STOP));
        fixed.shutdown();
        bounded.shutdown();
        strangers.shutdown();
        boolean ended = fixed.awaitTermination(60, TimeUnit.SECONDS) && bounded.awaitTermination(60, TimeUnit.SECONDS)
                && strangers.awaitTermination(60, TimeUnit.SECONDS);
        for (Thread pump : pumps) {
            pump.join(60_000);
            ended &= !pump.isAlive();
        }
        return ended;
    }

    /** Numbers from a seed, for several threads. */
    private static final class Dice {

        private final long seed;
        private final AtomicLong rolls = new AtomicLong();

        Dice(long seed) {
            this.seed = seed;
        }

        int roll(int sides) {
            return new SplittableRandom(seed + rolls.incrementAndGet()).nextInt(sides);
        }
    }
}
