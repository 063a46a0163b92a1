package dev.supervisor.jfr;

import dev.supervisor.Supervisor;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A supervisor was opened, on the thread that has opened it. */
@Name("dev.supervisor.SupervisorOpened")
@Label("Supervisor Opened")
@Category("Supervisor")
@Description("A supervisor was opened")
@StackTrace(false)
final class SupervisorOpened extends Event {

    private static final SupervisorOpened PROBE = new SupervisorOpened();

    @Label("Supervisor Name")
    @Nullable String supervisor;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void commit(Supervisor supervisor) {
        SupervisorOpened event = new SupervisorOpened();
        event.supervisor = supervisor.name();
        event.commit();
    }
}
