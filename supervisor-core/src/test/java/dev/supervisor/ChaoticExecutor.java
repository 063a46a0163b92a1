package dev.supervisor;

import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** An executor that does with each task one of the things that executors have been seen to do. */
final class ChaoticExecutor implements Executor {

    private final long seed;
    private final Executor pool;
    private final Queue<Runnable> late;
    private final Supplier<RuntimeException> boom;
    private final AtomicInteger calls = new AtomicInteger();

    /**
     * Makes one.
     *
     * @param seed decides what is done with the first task, the second, and so on
     * @param late gets the tasks that another thread runs later
     * @param boom supplies what it throws in all other cases
     */
    ChaoticExecutor(long seed, Executor pool, Queue<Runnable> late, Supplier<RuntimeException> boom) {
        this.seed = seed;
        this.pool = pool;
        this.late = late;
        this.boom = boom;
    }

    @Override
    public void execute(Runnable task) {
        switch (new Random(seed * 31 + calls.incrementAndGet()).nextInt(24)) {
            case 0 -> throw new RejectedExecutionException("no");
            case 1 -> throw new OutOfMemoryError("no more threads");
            case 2 -> throw boom.get();
            case 3 -> { } // dropped
            case 4, 5, 6 -> late.add(task);
            case 7, 8 -> task.run();
            case 9 -> {
                task.run();
                task.run();
            }
            case 10, 11 -> {
                pool.execute(task);
                pool.execute(task);
            }
            case 12 -> {
                pool.execute(task);
                throw boom.get();
            }
            default -> pool.execute(task);
        }
    }
}
