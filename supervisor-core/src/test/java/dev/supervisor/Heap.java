package dev.supervisor;

import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

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
     * A JVM may keep what a thread has thrown until that thread throws again: JDK 25 does, if C1 has compiled all.
     * Carriers of virtual threads live on, so other tasks throw on them here.
     */
    private static void letOthersThrow() {
        Supervisor others = Supervisor.builder().onFailure(FailureHandler.ignore()).unowned().open();
        for (int task = 2 * Runtime.getRuntime().availableProcessors(); task > 0; task--) {
            others.spawn(() -> {
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
