package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.jmh.alternatives.Alternative;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The peers by name. A name says on which kind of thread the tasks run, then who looks after them.
 *
 * <ul>
 * <li>{@code bare}: nobody. The executor, and a latch that each task counts down, the cheapest way to know when all are
 *     done; it is looked at as often as a supervisor looks before its owner blocks. This is the limit.
 * <li>{@code supervised}: a {@link Supervisor}, its tasks spawned and joined.
 * <li>{@code view}: the same, by {@code submit} of its {@code ExecutorService}.
 * <li>{@code hashSet}, {@code cells}, {@code keySet}: {@linkplain Alternative designs of ours that were rejected}.
 * <li>On threads, what the JDK has: {@code execute} and {@code submit} of {@code newVirtualThreadPerTaskExecutor}, and
 *     {@code StructuredTaskScope}.
 * <li>On a {@link ForkJoinPool} {@code allOf}, of {@link CompletableFuture}; and {@code kotlin}, {@code launch} in a
 *     scope with a {@code SupervisorJob} on Kotlin's own pool, {@code Dispatchers.Default}.
 * </ul>
 *
 * <p>All pools have as many workers as there are processors; the common pool has one less, and Kotlin's has not.
 */
final class Peers {

    static final ForkJoinPool FORK_JOIN = new ForkJoinPool(Runtime.getRuntime().availableProcessors());

    /** How often a supervisor looks before it blocks. */
    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;

    private Peers() { }

    static Peer of(String name) {
        return switch (name) {
            case "thread.bare" -> bare(ThreadPerTask.EXECUTOR);
            case "thread.supervised" -> supervised(Supervisor::open);
            case "thread.view" -> view();
            case "thread.execute", "thread.submit", "thread.structured" -> Jdk25.get().peer(name);
            case "thread.hashSet" -> alternative(Alternative.Kind.HASH_SET, ThreadPerTask.EXECUTOR);
            case "thread.cells" -> alternative(Alternative.Kind.CELLS, ThreadPerTask.EXECUTOR);
            case "thread.keySet" -> alternative(Alternative.Kind.KEY_SET, ThreadPerTask.EXECUTOR);
            case "forkJoin.bare" -> bare(FORK_JOIN);
            case "forkJoin.supervised" -> supervisedOn(FORK_JOIN);
            case "forkJoin.allOf" -> allOf(FORK_JOIN);
            case "kotlin" -> new KotlinPeer();
            case "fixed.bare" -> onFixedPool(Peers::bare);
            case "fixed.supervised" -> onFixedPool(Peers::supervisedOn);
            case "caller.bare" -> bare(Runnable::run);
            case "caller.supervised" -> supervisedOn(Runnable::run);
            case "caller.hashSet" -> alternative(Alternative.Kind.HASH_SET, Runnable::run);
            case "caller.cells" -> alternative(Alternative.Kind.CELLS, Runnable::run);
            case "caller.keySet" -> alternative(Alternative.Kind.KEY_SET, Runnable::run);
            default -> throw new IllegalArgumentException("No peer has the name " + name);
        };
    }

    private static Peer bare(Executor executor) {
        return tasks -> new Peer.Scope() {

            private final CountDownLatch latch = new CountDownLatch(tasks);
            private Work last;
            private Runnable counted;

            @Override
            public void start(Work work) {
                if (work != last) {
                    last = work;
                    counted = () -> {
                        work.run();
                        latch.countDown();
                    };
                }
                executor.execute(counted);
            }

            @Override
            public void leave() throws InterruptedException {
                for (int spins = SPINS; spins > 0 && latch.getCount() > 0; spins--) {
                    Thread.onSpinWait();
                }
                latch.await();
            }
        };
    }

    private static Peer supervisedOn(Executor executor) {
        return supervised(Supervisor.builder().executor(executor)::open);
    }

    private static Peer supervised(Supplier<Supervisor> opener) {
        return tasks -> new Peer.Scope() {

            private final Supervisor supervisor = opener.get();

            @Override
            public void start(Work work) {
                supervisor.spawn(work);
            }

            @Override
            public void leave() throws InterruptedException {
                supervisor.join();
                supervisor.close();
            }
        };
    }

    private static Peer view() {
        return tasks -> new Peer.Scope() {

            private final Supervisor supervisor = Supervisor.open();
            private final ExecutorService view = supervisor.asExecutorService();

            @Override
            public void start(Work work) {
                view.submit(work);
            }

            @Override
            public void leave() throws InterruptedException {
                supervisor.join();
                supervisor.close();
            }
        };
    }

    private static Peer alternative(Alternative.Kind kind, Executor executor) {
        return tasks -> new Peer.Scope() {

            private final Alternative supervisor = new Alternative(kind, executor);

            @Override
            public void start(Work work) {
                supervisor.spawn(work);
            }

            @Override
            public void leave() {
                supervisor.join();
            }
        };
    }

    private static Peer allOf(Executor executor) {
        return tasks -> new Peer.Scope() {

            private final CompletableFuture<?>[] futures = new CompletableFuture<?>[tasks];
            private int started;

            @Override
            public void start(Work work) {
                futures[started++] = CompletableFuture.runAsync(work, executor);
            }

            @Override
            public void leave() {
                CompletableFuture.allOf(futures).join();
            }
        };
    }

    /** As many threads as there are processors. */
    static ExecutorService fixedPool() {
        return Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    }

    private static Peer onFixedPool(Function<Executor, Peer> peer) {
        ExecutorService pool = fixedPool();
        Peer onPool = peer.apply(pool);
        return new Peer() {

            @Override
            public Scope open(int tasks) {
                return onPool.open(tasks);
            }

            @Override
            public void close() {
                pool.shutdown();
            }
        };
    }
}
