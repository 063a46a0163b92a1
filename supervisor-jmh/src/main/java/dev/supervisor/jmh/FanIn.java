package dev.supervisor.jmh;

import dev.supervisor.Completions;
import dev.supervisor.Supervisor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The question: what do results cost? 100 tasks that return a value are started on a ForkJoinPool, and their results
 * added up, by {@code get} of each, by a callback of each, or in the order of their ends. The score is the time per
 * task.
 */
@State(Scope.Thread)
public class FanIn extends Timed {

    static final int TASKS = 100;

    private static final Integer ONE = 1;

    /** How the results come back. */
    @Param({"get", "callback", "completion"})
    public String by;

    /**
     * By a supervisor.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public long supervised() throws Exception {
        try (Supervisor supervisor = Supervisor.builder().executor(Peers.FORK_JOIN).open()) {
            switch (by) {
                case "get" -> {
                    Future<?>[] tasks = new Future<?>[TASKS];
                    for (int task = 0; task < TASKS; task++) {
                        tasks[task] = supervisor.spawn(() -> ONE);
                    }
                    return sum(tasks);
                }
                case "callback" -> {
                    LongAdder sum = new LongAdder();
                    for (int task = 0; task < TASKS; task++) {
                        supervisor.spawn(() -> ONE).onDone(done -> sum.add(done.resultNow()));
                    }
                    supervisor.join();
                    return sum.sum();
                }
                case "completion" -> {
                    Completions<Integer> completions = supervisor.completions();
                    for (int task = 0; task < TASKS; task++) {
                        completions.spawn(() -> ONE);
                    }
                    long sum = 0;
                    for (int task = 0; task < TASKS; task++) {
                        sum += completions.take().resultNow();
                    }
                    return sum;
                }
                default -> throw new IllegalArgumentException(by);
            }
        }
    }

    /**
     * By what the JDK has: {@code submit}, {@code CompletableFuture}, {@code ExecutorCompletionService}.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public long jdk() throws Exception {
        switch (by) {
            case "get" -> {
                Future<?>[] tasks = new Future<?>[TASKS];
                for (int task = 0; task < TASKS; task++) {
                    tasks[task] = Peers.FORK_JOIN.submit(() -> ONE);
                }
                return sum(tasks);
            }
            case "callback" -> {
                LongAdder sum = new LongAdder();
                CompletableFuture<?>[] tasks = new CompletableFuture<?>[TASKS];
                for (int task = 0; task < TASKS; task++) {
                    tasks[task] = CompletableFuture.supplyAsync(() -> ONE, Peers.FORK_JOIN)
                            .thenAccept(sum::add);
                }
                CompletableFuture.allOf(tasks).join();
                return sum.sum();
            }
            case "completion" -> {
                ExecutorCompletionService<Integer> completions =
                        new ExecutorCompletionService<>(Peers.FORK_JOIN);
                for (int task = 0; task < TASKS; task++) {
                    completions.submit(() -> ONE);
                }
                long sum = 0;
                for (int task = 0; task < TASKS; task++) {
                    sum += completions.take().get();
                }
                return sum;
            }
            default -> throw new IllegalArgumentException(by);
        }
    }

    private static long sum(Future<?>[] tasks) throws Exception {
        long sum = 0;
        for (Future<?> task : tasks) {
            sum += (Integer) task.get();
        }
        return sum;
    }
}
