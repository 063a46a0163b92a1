package dev.supervisor.micrometer;

import dev.supervisor.Task;
import dev.supervisor.TaskObserver;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Records how long tasks run, and how long they wait for that. */
final class Timers implements TaskObserver {

    /*
     * To ask the registry for timers takes longer than to record in them. So an observer keeps them, with how often
     * timers were removed, of any supervisor, before it asked. When that number has changed it asks again. A thread
     * that removes timers does so first, and changes the number then. So an observer that has found timers that were
     * about to be removed has the old number.
     */
    private static final AtomicLong REMOVALS = new AtomicLong();
    private static final String RAN = "executor";
    private static final String QUEUED = "executor.idle";

    private final MeterRegistry registry;
    private final Tags tags;
    private volatile @Nullable Found found;

    Timers(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    private record Found(long removals, Timer ran, Timer queued) { }

    @Override
    public void ended(Task<?> task, long queuedNanos, long ranNanos) {
        boolean started = ranNanos > 0;
        if (started) {
            found().ran.record(ranNanos, TimeUnit.NANOSECONDS);
        }
        if (started || task.status() != Task.Status.SUCCEEDED) {   // else a child, which waits for no start
            found().queued.record(queuedNanos, TimeUnit.NANOSECONDS);
        }
    }

    private Found found() {
        long removals = REMOVALS.get();   // before it asks
        Found present = found;
        if (present == null || present.removals != removals) {
            present = new Found(removals, registry.timer(RAN, tags), registry.timer(QUEUED, tags));
            found = present;
        }
        return present;
    }

    static void remove(MeterRegistry registry, Tags tags) {
        for (String name : List.of(RAN, QUEUED)) {
            registry.removeByPreFilterId(new Meter.Id(name, tags, null, null, Meter.Type.TIMER));
        }
        REMOVALS.getAndIncrement();   // after it has removed them
    }
}
