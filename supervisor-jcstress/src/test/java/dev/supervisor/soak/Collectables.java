package dev.supervisor.soak;

import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Samples of what tasks have held: bodies, results, failures, callbacks, handles. All of it must be collected (E6). */
final class Collectables {

    /** How many samples are watched at once. */
    private static final int MOST = 256;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final Findings findings;
    private final Tally tally;
    private final long patience;
    private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();

    Collectables(Findings findings, Tally tally) {
        this(findings, tally, PATIENCE_NANOS);
    }

    Collectables(Findings findings, Tally tally, long patienceNanos) {
        this.findings = findings;
        this.tally = tally;
        this.patience = patienceNanos;
    }

    /** Makes a sample of every so many entries, while there is room. */
    void offer(Entry entry) {
        if (entry.id % 64 == 0 && size.get() < MOST) {
            size.incrementAndGet();
            Sample sample = new Sample(entry.toString());
            entry.sampleInto(sample);
            samples.add(sample);
        }
    }

    /** To be called after a garbage collection: finds what has been held for too long. */
    void check() {
        samples.removeIf(sample -> {
            if (sample.isCollected()) {
                size.decrementAndGet();
                tally.add(Tally.Of.SEEN_COLLECTED);
                return true;
            }
            if (sample.isOverdue(patience)) {
                size.decrementAndGet();
                findings.add("E6", "held " + patience / 1_000_000 + " ms after its end: " + sample);
                return true;
            }
            return false;
        });
    }

    /** How many samples have not been seen collected yet. */
    int size() {
        return size.get();
    }

    /** What one task has held. */
    static final class Sample {

        private final String name;
        private final Queue<Held> held = new ConcurrentLinkedQueue<>();
        private volatile boolean released;
        private volatile long releasedAt;

        private Sample(String name) {
            this.name = name;
        }

        void add(String what, Object referent) {
            if (referent != null) {
                held.add(new Held(what, referent));
            }
        }

        /** The task is done and everybody has been told. */
        void released() {
            releasedAt = System.nanoTime();
            released = true;
        }

        private boolean isCollected() {
            held.removeIf(one -> one.get() == null);
            return released && held.isEmpty();
        }

        private boolean isOverdue(long nanos) {
            return released && System.nanoTime() - releasedAt > nanos;
        }

        @Override
        public String toString() {
            return held + " of " + name;
        }
    }

    private static final class Held extends WeakReference<Object> {

        private final String what;

        Held(String what, Object referent) {
            super(referent);
            this.what = what;
        }

        @Override
        public String toString() {
            return what + " " + get();
        }
    }
}
