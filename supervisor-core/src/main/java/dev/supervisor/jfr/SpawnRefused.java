package dev.supervisor.jfr;

import dev.supervisor.Refusal;
import dev.supervisor.Supervisor;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** A spawn was refused, on the thread that spawns. */
@Name("dev.supervisor.SpawnRefused")
@Label("Spawn Refused")
@Description("A supervisor has not taken a task")
final class SpawnRefused extends SupervisorEvent {

    private static final SpawnRefused PROBE = new SpawnRefused();

    @Label("Reason")
    @Nullable String reason;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void commit(Supervisor supervisor, Refusal reason) {
        SpawnRefused event = new SpawnRefused();
        event.supervisor = supervisor.name();
        event.reason = reason.name();
        event.commit();
    }
}
