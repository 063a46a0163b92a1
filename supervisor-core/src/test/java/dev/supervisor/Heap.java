package dev.supervisor;

import dev.supervisor.threads.SharedPool;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;

/** What the garbage collector says about the heap. */
public final class Heap {

    private Heap() { }

    /** Waits until the collector has cleared all these references; fails the test at the deadline. */
    public static void untilCollected(Collection<? extends WeakReference<?>> references) {
        try {
            Poll.until("collected", () -> {
                letOthersThrow();
                System.gc();
                return references.stream().allMatch(reference -> reference.get() == null);
            });
        } catch (AssertionError e) {
            List<?> held = references.stream().map(WeakReference::get).filter(Objects::nonNull).toList();
            throw new AssertionError("still held: " + held, e);
        }
    }

    public static void untilCollected(WeakReference<?> reference) {
        untilCollected(List.of(reference));
    }

    /**
     * A JVM may keep what a thread has thrown until that thread throws again: 17 and 25 do, where C1 has compiled the
     * code. Carriers of virtual threads live on, and so do the threads of the tests' pool and of the library's, so other
     * tasks throw on all of them here.
     */
    private static void letOthersThrow() {
        throwAtOnce(Supervisor.builder(), Kind.all().contains(Kind.SHARED_POOL)
                ? idleIn(sharedPool()) : 2 * Runtime.getRuntime().availableProcessors());
        throwAtOnce(Kind.POOLED.builder(), idleIn(Kind.POOL));
    }

    private static int idleIn(Object pool) {
        ThreadPoolExecutor threads = (ThreadPoolExecutor) pool;
        return threads.getPoolSize() - threads.getActiveCount();
    }

    /** The library's, which it keeps to itself. */
    private static Object sharedPool() {
        try {
            Field pool = SharedPool.class.getDeclaredField("POOL");
            pool.setAccessible(true);
            return pool.get(null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs so many tasks on as many threads, and each throws. */
    private static void throwAtOnce(Supervisor.Builder builder, int tasks) {
        Supervisor others = builder.onFailure(FailureHandler.ignore()).unowned().open();
        CountDownLatch all = new CountDownLatch(tasks);
        for (int task = tasks; task > 0; task--) {
            others.spawn(() -> {
                all.countDown();
                Poll.await(all);
                throw new IllegalStateException("another");
            });
        }
        others.seal();
        Poll.until("others have thrown", () -> others.state() == Supervisor.State.FINISHED);
    }

    /** The bytes in use after a garbage collection: the least of a few attempts. */
    public static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /** Waits until no more than so many bytes are in use beyond those before; fails the test at the deadline. */
    public static void untilGrownByAtMost(long bytes, long before) {
        Poll.until("no more than " + bytes + " bytes beyond " + before, () -> used() - before <= bytes);
    }
}
