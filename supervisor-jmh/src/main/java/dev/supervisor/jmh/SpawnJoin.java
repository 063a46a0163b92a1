package dev.supervisor.jmh;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: what does supervision add to the price of a task? A scope of 1,000 tasks that do nothing is opened,
 * filled and waited for; the score is the time per task, in nanoseconds.
 *
 * <p>Each executor comes as a pair. {@code bare} gives the executor 1,000 runnables and waits for a latch that each
 * counts down, the cheapest way to know when all are done; {@code supervised} spawns 1,000 tasks and joins.
 * <ul>
 * <li>{@code ThreadPerTask}: what a supervisor does by default. From JDK 21 on a new virtual thread per task; before, a
 *     pool of daemon threads that grows as needed.
 * <li>{@code CommonPool}: {@link ForkJoinPool#commonPool()}.
 * <li>{@code CallerRuns}: {@code Runnable::run}. Nothing but the overhead is left.
 * </ul>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SpawnJoin {

    static final int TASKS = 1_000;

    private static final Action NOTHING = () -> { };

    /** Who is asked. */
    @Param({
        "bareThreadPerTask", "supervisedThreadPerTask",
        "bareCommonPool", "supervisedCommonPool",
        "bareCallerRuns", "supervisedCallerRuns"
    })
    public String peer;

    private Scenario scenario;

    private interface Scenario {
        void run() throws Exception;
    }

    /** Looks up the peer. */
    @Setup
    public void setUp() {
        scenario = switch (peer) {
            case "bareThreadPerTask" -> bare(ThreadPerTask.EXECUTOR);
            case "supervisedThreadPerTask" -> supervised(Supervisor.builder());
            case "bareCommonPool" -> bare(ForkJoinPool.commonPool());
            case "supervisedCommonPool" -> supervised(Supervisor.builder().executor(ForkJoinPool.commonPool()));
            case "bareCallerRuns" -> bare(Runnable::run);
            case "supervisedCallerRuns" -> supervised(Supervisor.builder().executor(Runnable::run));
            default -> throw new IllegalArgumentException(peer);
        };
    }

    /**
     * One scope.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void scope() throws Exception {
        scenario.run();
    }

    private static Scenario bare(Executor executor) {
        return () -> {
            CountDownLatch latch = new CountDownLatch(TASKS);
            Runnable body = latch::countDown;
            for (int task = 0; task < TASKS; task++) {
                executor.execute(body);
            }
            latch.await();
        };
    }

    private static Scenario supervised(Supervisor.Builder builder) {
        return () -> {
            try (Supervisor supervisor = builder.open()) {
                for (int task = 0; task < TASKS; task++) {
                    supervisor.spawn(NOTHING);
                }
                supervisor.join();
            }
        };
    }

    /** The counterpart of a supervisor's default. */
    private static final class ThreadPerTask {

        private static final MethodHandle START_VIRTUAL = startVirtual();

        static final Executor EXECUTOR =
                START_VIRTUAL != null ? ThreadPerTask::startVirtual
                        : Executors.newCachedThreadPool(ThreadPerTask::daemon);

        private static Thread daemon(Runnable task) {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }

        private static void startVirtual(Runnable task) {
            try {
                Thread thread = (Thread) START_VIRTUAL.invokeExact(task);
                if (thread == null) {
                    throw new AssertionError();
                }
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        /** {@code Thread.startVirtualThread}, which class files of Java 17 cannot name; null before JDK 21. */
        private static MethodHandle startVirtual() {
            try {
                MethodType type = MethodType.methodType(Thread.class, Runnable.class);
                return MethodHandles.publicLookup().findStatic(Thread.class, "startVirtualThread", type);
            } catch (ReflectiveOperationException e) {
                return null;
            }
        }
    }
}
