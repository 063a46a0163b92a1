package dev.supervisor.jfr;

import dev.supervisor.Supervisor;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A supervisor was opened, on the thread that has opened it. */
@Name("dev.supervisor.SupervisorOpened")
@Label("Supervisor Opened")
@Description("A supervisor was opened")
final class SupervisorOpened extends SupervisorEvent {

    private static final SupervisorOpened PROBE = new SupervisorOpened();

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void commit(Supervisor supervisor) {
        SupervisorOpened event = new SupervisorOpened();
        event.supervisor = supervisor.name();
        event.commit();
    }
}
