package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
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
 * The question: what do requests that are cancelled now and then cost all others? A pool of four threads, tasks of
 * 100 µs that do not mind an interrupt, a million tasks that live besides. The score is the number of tasks a
 * millisecond.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Cancels extends Timed {

    private static final int WORKERS = 4;
    private static final int AT_ONCE = 16;

    /** The server, and who cancels. */
    @State(Scope.Benchmark)
    public static class Server {

        /** How long it takes from one cancel of a task that runs to the next: a tenth of this to all of it; 0 is for ever. */
        @Param({"0", "1000"})
        public int everyMicroseconds;

        /** How many live besides. */
        @Param("1000000")
        public int besides;

        private final ExecutorService pool = Executors.newFixedThreadPool(WORKERS);
        private final Semaphore permits = new Semaphore(AT_ONCE);
        private final AtomicReferenceArray<Task<?>> recent = new AtomicReferenceArray<>(AT_ONCE);
        private final Work work = Work.ofMicroseconds(100);
        private final Supervisor supervisor = Supervisor.builder().unowned().executor(this::execute).open();
        private boolean filling = true;
        private int next;
        private volatile boolean over;
        private final Thread canceller = new Thread(this::cancel, "canceller");

        private void execute(Runnable task) {
            if (!filling) {
                pool.execute(task);
            }
        }

        /** Spawns those that live besides. */
        @Setup
        public void setUp() {
            for (int task = 0; task < besides; task++) {
                supervisor.execute(Work.NONE);
            }
            filling = false;
            if (everyMicroseconds > 0) {
                canceller.start();
            }
        }

        private void cancel() {
            long nanos = TimeUnit.MICROSECONDS.toNanos(everyMicroseconds);
            for (int round = 1; !over; round++) {
                LockSupport.parkNanos(nanos * (round % 10 + 1) / 10);
                for (int index = 0; index < AT_ONCE; index++) {
                    Task<?> task = recent.get((round + index) % AT_ONCE);
                    if (task != null && task.status() == Task.Status.RUNNING) {
                        task.cancel();
                        break;
                    }
                }
            }
        }

        /**
         * Ends all.
         *
         * @throws InterruptedException never
         */
        @TearDown
        public void tearDown() throws InterruptedException {
            over = true;
            canceller.join();
            supervisor.shutdown();
            pool.shutdown();
        }
    }

    /**
     * One task.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void spawn(Server server) throws InterruptedException {
        server.permits.acquire();
        Task<Void> task = server.supervisor.spawn(server.work);
        server.recent.setRelease(server.next++ & AT_ONCE - 1, task);
        task.onDone(done -> server.permits.release());
    }
}
