package dev.supervisor.micrometer;

import dev.supervisor.Supervisor;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The meters of one supervisor in one registry. */
final class Binding {

    /*
     * A registry ignores a second meter with the name and tags of a first, and does not say whose that is. So who has
     * registered a meter, by its id in the registry, stands in OWNERS. All that reads or changes it, or adds or removes
     * meters, does so under its monitor. Registries lock in the same places.
     *
     * 1. A thread that binds registers the meters, then asks for the end of the supervisor. If the end has come by
     *    then, the meters are removed at once; if it comes later, by the thread that ends it. So none stay.
     * 2. A supervisor is FINISHED a moment before its meters are removed, and one that was collected has no end. A
     *    thread that binds removes such meters first: the name is free. The thread that has ended the one before finds
     *    that it is not the owner any more, and leaves the meters of the new owner alone.
     * 3. A supervisor leads to its registry, by what it does at its end. The way back is weak: meters and the values of
     *    OWNERS refer to supervisors weakly. So do its keys to registries, and nothing in its values leads to one.
     */
    private static final Map<MeterRegistry, Map<Meter.Id, Binding>> OWNERS = new WeakHashMap<>();

    private final WeakReference<Supervisor> supervisor;
    private final Tags tags;
    private final List<Meter.Id> ids = new ArrayList<>();

    private Binding(Supervisor supervisor, Tags tags) {
        this.supervisor = new WeakReference<>(supervisor);
        this.tags = tags;
    }

    /**
     * Registers meters, until the supervisor is finished.
     *
     * @param register is given a consumer of each meter that it has registered
     * @throws IllegalStateException if one of them is that of another
     */
    static void bind(MeterRegistry registry, Supervisor supervisor, Tags tags, Consumer<Consumer<Meter>> register) {
        Binding binding = new Binding(supervisor, tags);
        synchronized (OWNERS) {
            Map<Meter.Id, Binding> owners = OWNERS.computeIfAbsent(registry, first -> new HashMap<>());
            List.copyOf(owners.values()).stream().filter(Binding::isOver).forEach(over -> over.remove(registry));
            binding.register(registry, owners, register);
        }
        supervisor.completion().thenRun(() -> binding.remove(registry));   // after the registration
    }

    private void register(MeterRegistry registry, Map<Meter.Id, Binding> owners, Consumer<Consumer<Meter>> register) {
        Set<Meter.Id> before = new HashSet<>();
        registry.forEachMeter(meter -> before.add(meter.getId()));
        boolean done = false;
        try {
            register.accept(meter -> {
                Meter.Id id = meter.getId();
                if (before.contains(id) && !isOfSameSupervisor(owners.get(id))) {
                    throw new IllegalStateException("The registry has a meter " + id + " already, which would be shown"
                            + " in place of that of this supervisor. Give it another name or other tags");
                }
                ids.add(id);
            });
            done = true;
        } finally {
            if (!done) {
                ids.stream().filter(id -> !before.contains(id)).forEach(registry::remove);
            }
        }
        ids.forEach(id -> owners.put(id, this));
    }

    private boolean isOfSameSupervisor(@Nullable Binding owner) {
        return owner != null && owner.supervisor.get() == supervisor.get();
    }

    private boolean isOver() {
        Supervisor open = supervisor.get();
        return open == null || SupervisorMetrics.isFinished(open);
    }

    /** Removes the meters that are still those of this supervisor; may be repeated. */
    private void remove(MeterRegistry registry) {
        synchronized (OWNERS) {
            Map<Meter.Id, Binding> owners = OWNERS.getOrDefault(registry, Map.of());
            boolean owned = false;
            for (Meter.Id id : ids) {
                if (owners.remove(id, this)) {
                    registry.remove(id);
                    owned = true;
                }
            }
            if (owned) {
                Timers.remove(registry, tags);
            }
        }
    }
}
