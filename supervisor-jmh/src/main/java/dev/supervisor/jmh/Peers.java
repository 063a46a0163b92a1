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

/**
 * The peers by name. A name says on which kind of thread the tasks run, then who looks after them.
 *
 * <ul>
 * <li>{@code bare}: nobody. The executor, and a latch that each task counts down, the cheapest way to know when all are
 *     done. This is the limit.
 * <li>{@code supervised}: a {@link Supervisor}, its tasks spawned and joined.
 * <li>{@code hashSet}, {@code cells}, {@code keySet}: {@linkplain Alternative designs of ours that were rejected}.
 * <li>On threads, what the JDK has: {@code execute} and {@code submit} of {@code newVirtualThreadPerTaskExecutor}, and
 *     {@code StructuredTaskScope}.
 * <li>On the common pool {@code allOf}, of {@link CompletableFuture}; and {@code kotlin}, {@code launch} in a scope with
 *     a {@code SupervisorJob} on Kotlin's own pool, {@code Dispatchers.Default}.
 * </ul>
 */
final class Peers {

    private Peers() { }

    static Peer of(String name) {
        return switch (name) {
            case "thread.bare" -> bare(ThreadPerTask.EXECUTOR);
            case "thread.supervised" -> supervised(Supervisor.builder());
            case "thread.execute", "thread.submit", "thread.structured" -> Jdk25.get().peer(name);
            case "thread.hashSet" -> alternative(Alternative.Kind.HASH_SET, ThreadPerTask.EXECUTOR);
            case "thread.cells" -> alternative(Alternative.Kind.CELLS, ThreadPerTask.EXECUTOR);
            case "thread.keySet" -> alternative(Alternative.Kind.KEY_SET, ThreadPerTask.EXECUTOR);
            case "common.bare" -> bare(ForkJoinPool.commonPool());
            case "common.supervised" -> supervised(Supervisor.builder().executor(ForkJoinPool.commonPool()));
            case "common.allOf" -> allOf(ForkJoinPool.commonPool());
            case "kotlin" -> new KotlinPeer();
            case "fixed.bare" -> onFixedPool(Peers::bare);
            case "fixed.supervised" -> onFixedPool(pool -> supervised(Supervisor.builder().executor(pool)));
            case "caller.bare" -> bare(Runnable::run);
            case "caller.supervised" -> supervised(Supervisor.builder().executor(Runnable::run));
            case "caller.hashSet" -> alternative(Alternative.Kind.HASH_SET, Runnable::run);
            case "caller.cells" -> alternative(Alternative.Kind.CELLS, Runnable::run);
            case "caller.keySet" -> alternative(Alternative.Kind.KEY_SET, Runnable::run);
            default -> throw new IllegalArgumentException("No peer has the name " + name);
        };
    }

    private static Peer bare(Executor executor) {
        return tasks -> new Peer.Scope() {

            private final CountDownLatch latch = new CountDownLatch(tasks);
            private Work last = Work.NONE;
            private Runnable counted = latch::countDown;

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
                latch.await();
            }
        };
    }

    private static Peer supervised(Supervisor.Builder builder) {
        return tasks -> new Peer.Scope() {

            private final Supervisor supervisor = builder.open();

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
