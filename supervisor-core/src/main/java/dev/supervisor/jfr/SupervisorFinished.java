package dev.supervisor.jfr;

import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A supervisor is finished, with what it has counted. */
@Name("dev.supervisor.SupervisorFinished")
@Label("Supervisor Finished")
@Description("A supervisor is finished: no task is live, and none is taken any more")
final class SupervisorFinished extends SupervisorEvent {

    private static final SupervisorFinished PROBE = new SupervisorFinished();

    @Label("Accepted")
    long accepted;

    @Label("Succeeded")
    long succeeded;

    @Label("Failed")
    long failed;

    @Label("Cancelled")
    long cancelled;

    @Label("Refused")
    long refused;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void commit(Supervisor supervisor) {
        SupervisorStats stats = supervisor.stats();
        SupervisorFinished event = new SupervisorFinished();
        event.supervisor = supervisor.name();
        event.accepted = stats.accepted();
        event.succeeded = stats.succeeded();
        event.failed = stats.failed();
        event.cancelled = stats.cancelled();
        event.refused = stats.refused();
        event.commit();
    }
}
