package dev.supervisor.jfr;

import dev.supervisor.Supervisor;
import dev.supervisor.SupervisorStats;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A supervisor is finished, with what it has counted. */
@Name("dev.supervisor.SupervisorFinished")
@Label("Supervisor Finished")
@Category("Supervisor")
@Description("A supervisor is finished: no task is live, and none is taken any more")
@StackTrace(false)
final class SupervisorFinished extends Event {

    private static final SupervisorFinished PROBE = new SupervisorFinished();

    @Label("Supervisor Name")
    @Nullable String supervisor;

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
