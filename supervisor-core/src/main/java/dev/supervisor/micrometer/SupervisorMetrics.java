package dev.supervisor.micrometer;

import dev.supervisor.Refusal;
import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import dev.supervisor.TaskObserver;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Metrics of a supervisor (O6), with the names that Micrometer gives to those of an executor, so that dashboards show
 * them. All have the tag {@code name}, which is the {@linkplain Supervisor#name() name} of the supervisor.
 *
 * <table>
 * <caption>Meters, and what comes nearest in OpenTelemetry, where {@code jvm.executor.name} is the name</caption>
 * <thead><tr><th>meter</th><th>type</th><th>what it is</th><th>OpenTelemetry, experimental</th></tr></thead>
 * <tbody>
 * <tr><td>{@code executor.active}</td><td>gauge</td>
 *     <td>live tasks: pending and async ones, and children, too</td><td>{@code jvm.executor.thread.count}</td></tr>
 * <tr><td>{@code executor.completed}</td><td>counter</td>
 *     <td>tasks that have retired, whatever their outcome</td><td>{@code jvm.executor.task.completed}</td></tr>
 * <tr><td>{@code supervisor.tasks}</td><td>counter</td>
 *     <td>the same by {@code outcome}: {@code succeeded}, {@code failed}, {@code cancelled}</td><td></td></tr>
 * <tr><td>{@code supervisor.timed.out}</td><td>counter</td>
 *     <td>those of the failed ones whose reason is their time limit</td><td></td></tr>
 * <tr><td>{@code supervisor.refused}</td><td>counter</td>
 *     <td>spawns that were refused, by {@code reason}: a {@link Refusal} in lower case</td>
 *     <td>{@code jvm.executor.task.rejected}</td></tr>
 * <tr><td>{@code executor}</td><td>timer</td>
 *     <td>how long tasks have run; see {@link #timers timers}</td><td></td></tr>
 * <tr><td>{@code executor.idle}</td><td>timer</td>
 *     <td>how long they have waited for their start; see {@link #timers timers}</td><td></td></tr>
 * </tbody>
 * </table>
 *
 * <p>There is nothing for a pool or a queue: a supervisor has neither. The numbers are those of {@link
 * Supervisor#stats}, read when the registry asks; they cost the tasks nothing. A counter never falls.
 *
 * <p>The meters are removed when the supervisor is {@link Supervisor.State#FINISHED FINISHED}, by the thread whose call
 * has ended it. The registry refers to the supervisor weakly.
 *
 * <p>Instances are immutable, and so safe for use by any thread.
 */
public final class SupervisorMetrics implements MeterBinder {

    private final Supervisor supervisor;
    private final Tags tags;

    /**
     * Metrics of a supervisor, without other tags than its name.
     *
     * @param supervisor a supervisor that was given a name
     * @throws IllegalArgumentException if it is open and was given none
     */
    public SupervisorMetrics(Supervisor supervisor) {
        this(supervisor, Tags.empty());
    }

    /**
     * Metrics of a supervisor.
     *
     * <p>It has to be one that was given a {@linkplain Supervisor.Builder#name name}: one that is made up would begin
     * new time series with each supervisor.
     *
     * @param supervisor a supervisor that was given a name, or one that is finished, which has no meters
     * @param tags besides the name
     * @throws IllegalArgumentException if it is open and was given no name
     */
    public SupervisorMetrics(Supervisor supervisor, Iterable<Tag> tags) {
        this.tags = withName(tags, supervisor.name());
        this.supervisor = supervisor;
        boolean listed = Supervisor.named().contains(supervisor);
        if (!listed && !isFinished(supervisor)) {   // in this order: it may be about to finish
            throw new IllegalArgumentException(supervisor + " was given no name. Give it one, by Supervisor.builder()"
                    + ".name(...): its metrics would have a new name with each start of the program");
        }
    }

    /**
     * Registers the meters. If the supervisor is finished, or finishes meanwhile, there are none when this method
     * returns. To bind a supervisor again to the same registry changes nothing.
     *
     * @param registry where to
     * @throws IllegalStateException if the registry has such a meter of another supervisor that is open, or of
     *     something else, with the same name and tags: it would be shown in place of this one. Nothing is registered
     *     then
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        Objects.requireNonNull(registry, "registry");
        if (!isFinished(supervisor)) {
            Binding.bind(registry, supervisor, tags, made -> register(registry, made));
        }
    }

    /**
     * An observer that records how long tasks run, as timer {@code executor}, and how long they wait for their start,
     * as timer {@code executor.idle}, with the tags of a supervisor of this name. For {@link
     * Supervisor.Builder#observer(TaskObserver)} of one supervisor, or of several whose times are to be added up.
     *
     * <p>Of a task that never starts the wait alone is recorded. The timers are registered with the first task that
     * ends. They are removed with the meters of a supervisor that is bound to this registry with this name and these
     * tags, and registered anew with the next task of another one.
     *
     * @param registry where to
     * @param name the name of the supervisor
     * @param tags besides the name
     * @return an observer; safe for use by any thread
     */
    public static TaskObserver timers(MeterRegistry registry, String name, Iterable<Tag> tags) {
        return new Timers(Objects.requireNonNull(registry, "registry"), withName(tags, name));
    }

    private static Tags withName(Iterable<Tag> tags, String name) {
        return Tags.concat(Objects.requireNonNull(tags, "tags"), "name", name);
    }

    static boolean isFinished(Supervisor supervisor) {
        return supervisor.state() == Supervisor.State.FINISHED;
    }

    private void register(MeterRegistry registry, Consumer<Meter> made) {
        // THREADS, though tasks need not have one: Micrometer has that unit, and some systems put it into the name.
        made.accept(Gauge.builder("executor.active", supervisor, Supervisor::liveCount)
                .tags(tags)
                .description("Tasks that were accepted and have not retired")
                .baseUnit(BaseUnits.THREADS)
                .register(registry));
        made.accept(counter("executor.completed", "Tasks that have retired",
                stats -> stats.succeeded() + stats.failed() + stats.cancelled(), tags, registry));
        made.accept(outcome("succeeded", SupervisorStats::succeeded, registry));
        made.accept(outcome("failed", SupervisorStats::failed, registry));
        made.accept(outcome("cancelled", SupervisorStats::cancelled, registry));
        made.accept(counter("supervisor.timed.out", "Tasks that have failed because of their time limit",
                SupervisorStats::timedOut, tags, registry));
        for (Refusal reason : Refusal.values()) {
            made.accept(counter("supervisor.refused", "Spawns that were refused, by reason",
                    stats -> stats.refused(reason),
                    tags.and("reason", reason.name().toLowerCase(Locale.ROOT)), registry));
        }
    }

    private Meter outcome(String outcome, ToLongFunction<SupervisorStats> count, MeterRegistry registry) {
        return counter("supervisor.tasks", "Tasks that have retired, by outcome", count, tags.and("outcome", outcome),
                registry);
    }

    private Meter counter(String name, String description, ToLongFunction<SupervisorStats> count, Tags ofMeter,
            MeterRegistry registry) {
        return FunctionCounter.builder(name, supervisor, rising(count))
                .tags(ofMeter)
                .description(description)
                .baseUnit(BaseUnits.TASKS)
                .register(registry);
    }

    /**
     * The highest count so far. A cancelled task whose spawn is undone is not counted any more (O1), and one of two
     * threads that ask at once may have the older count. A monitoring system takes a counter that falls for one that
     * began anew at zero.
     */
    private static ToDoubleFunction<Supervisor> rising(ToLongFunction<SupervisorStats> count) {
        AtomicLong highest = new AtomicLong();
        return supervisor -> highest.accumulateAndGet(count.applyAsLong(supervisor.stats()), Math::max);
    }
}
