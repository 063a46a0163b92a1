package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.jmh.alternatives.Alternative;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The question: what does supervision cost a server? One supervisor that is never left, spawners as many as {@code -t}
 * says, tasks that end on other threads, and at most 128 of each spawner's live at once. The score is how many million
 * tasks a second all spawners together get done.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LongLived extends Timed {

    private static final int LIVE = 128;

    /** What all spawners share. */
    @State(Scope.Benchmark)
    public static class Server {

        /** On which threads the tasks run. */
        @Param({"thread", "forkJoin", "fixed"})
        public String on;

        /** Who looks after them. */
        @Param({"bare", "supervised", "hashSet", "cells", "keySet"})
        public String by;

        private Executor executor;
        private Executor spawner;

        /** Opens the supervisor. */
        @Setup
        public void setUp() {
            executor = switch (on) {
                case "thread" -> ThreadPerTask.EXECUTOR;
                case "forkJoin" -> Peers.FORK_JOIN;
                case "fixed" -> Peers.fixedPool();
                default -> throw new IllegalArgumentException(on);
            };
            spawner = switch (by) {
                case "bare" -> executor;
                case "supervised" -> supervised();
                case "hashSet" -> new Alternative(Alternative.Kind.HASH_SET, executor)::spawn;
                case "cells" -> new Alternative(Alternative.Kind.CELLS, executor)::spawn;
                case "keySet" -> new Alternative(Alternative.Kind.KEY_SET, executor)::spawn;
                default -> throw new IllegalArgumentException(by);
            };
        }

        private Executor supervised() {
            Supervisor.Builder builder = Supervisor.builder().unowned();
            return (on.equals("thread") ? builder : builder.executor(executor)).open();
        }

        /** Gives back the threads. */
        @TearDown
        public void tearDown() {
            if (on.equals("fixed")) {
                ((ExecutorService) executor).shutdown();
            }
        }
    }

    /** What each spawner has for itself. */
    @State(Scope.Thread)
    public static class Client {
        private final Semaphore permits = new Semaphore(LIVE);
        private final Runnable body = permits::release;

        /** Waits for the last ones. */
        @TearDown
        public void tearDown() {
            permits.acquireUninterruptibly(LIVE);
        }
    }

    /**
     * One task.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void spawn(Server server, Client client) throws InterruptedException {
        client.permits.acquire();
        server.spawner.execute(client.body);
    }
}
