package dev.supervisor.jfr;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** What all events have in common. */
@Category("Supervisor")
@StackTrace(false)
abstract class SupervisorEvent extends Event {

    @Label("Supervisor Name")
    @Nullable String supervisor;
}
