package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jctools.maps.NonBlockingHashMapLong;
import org.jctools.maps.NonBlockingHashSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question: what does the set of live tasks cost, on its own? A task is added and removed, with 128 others of each
 * thread live; the score is the time of the pair, the allocation of the task included. Run it with {@code -t} 1 and 2.
 *
 * <p>Ours is the {@link Census} with its stripes, so it counts the tasks too, and chooses the stripe. The others have
 * keys that know their hash, or are numbers; a task of ours would have to be given one.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-XX:+UseG1GC", "-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch"})
public class LiveSet {

    private static final int LIVE = 128;
    private static final Action NOTHING = () -> { };

    /** All sets, so that each is made by its benchmark alone. */
    @State(org.openjdk.jmh.annotations.Scope.Benchmark)
    public static class Slots {
        private final Scope supervisor = (Scope) Supervisor.builder().unowned().executor(Runnable::run).open();
        private final Census census = new Census();
    }

    /** JCTools' set. */
    @State(org.openjdk.jmh.annotations.Scope.Benchmark)
    public static class HashSet {
        private final Set<Key> set = new NonBlockingHashSet<>();
    }

    /** JCTools' map with primitive keys. */
    @State(org.openjdk.jmh.annotations.Scope.Benchmark)
    public static class HashMapLong {
        private final NonBlockingHashMapLong<Key> map = new NonBlockingHashMapLong<>();
    }

    /** The JDK's set. */
    @State(org.openjdk.jmh.annotations.Scope.Benchmark)
    public static class KeySet {
        private final Set<Key> set = ConcurrentHashMap.newKeySet();
    }

    /** No set, only its locked instructions, and no thread meets another. */
    @State(org.openjdk.jmh.annotations.Scope.Thread)
    public static class Words {
        private final AtomicLong entered = new AtomicLong();
        private final AtomicReferenceArray<Key> slots = new AtomicReferenceArray<>(LIVE);
        private final AtomicLong left = new AtomicLong();
    }

    /** The tasks of one thread that are live; the oldest leaves when one comes. */
    @State(org.openjdk.jmh.annotations.Scope.Thread)
    public static class Ring {
        private final Object[] live = new Object[LIVE];
        private long next = Thread.currentThread().getId() << 40;

        Object exchange(Object task) {
            int index = (int) next++ & (LIVE - 1);
            Object oldest = live[index];
            live[index] = task;
            return oldest;
        }
    }

    /** A task of another set. */
    private static final class Key {

        private final long id;

        Key(long id) {
            this.id = id;
        }

        @Override
        public int hashCode() {
            return (int) (id * 0x9E3779B97F4A7C15L >>> 32);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }
    }

    /** Ours. */
    @Benchmark
    public void slots(Slots all, Ring ring) {
        SupervisedTask<?> task = new SupervisedTask<>(all.supervisor, NOTHING, null);
        Stripe stripe = all.census.enter();
        stripe.add(task);
        SupervisedTask<?> oldest = (SupervisedTask<?>) ring.exchange(task);
        if (oldest != null) {
            all.census.afterExit(Completion.retire(oldest));
        }
    }

    /** The limit of ours, which counts a task in, claims a slot, and counts the task out. */
    @Benchmark
    public void locked(Words own) {
        long id = own.entered.getAndIncrement();
        int index = (int) id & (LIVE - 1);
        own.slots.compareAndSet(index, own.slots.getPlain(index), new Key(id));
        own.left.getAndIncrement();
    }

    /** The literal answer to the card. */
    @Benchmark
    public void hashSet(HashSet all, Ring ring) {
        addAndRemove(all.set, ring);
    }

    /** The same with numbers for keys. */
    @Benchmark
    public void hashMapLong(HashMapLong all, Ring ring) {
        Key task = new Key(ring.next);
        all.map.put(task.id, task);
        Key oldest = (Key) ring.exchange(task);
        if (oldest != null) {
            all.map.remove(oldest.id);
        }
    }

    /** The JDK's. */
    @Benchmark
    public void keySet(KeySet all, Ring ring) {
        addAndRemove(all.set, ring);
    }

    private static void addAndRemove(Set<Key> set, Ring ring) {
        Key task = new Key(ring.next);
        set.add(task);
        Object oldest = ring.exchange(task);
        if (oldest != null) {
            set.remove(oldest);
        }
    }
}
