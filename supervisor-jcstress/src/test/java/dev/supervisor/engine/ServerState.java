package dev.supervisor.engine;

import dev.supervisor.Supervisor;

/** What the soak has to know of the engine, and no user can see. */
public final class ServerState {

    private ServerState() { }

    /** How many supervisors the alarm looks at. */
    public static int watchedByAlarm() {
        return Alarm.INSTANCE.size();
    }

    /** How many more tasks a supervisor with a limit may have. */
    public static int freePermits(Supervisor supervisor) {
        Permits permits = ((Scope) supervisor).permits();
        if (permits == null) {
            throw new IllegalArgumentException(supervisor + " has no limit");
        }
        return permits.free;
    }
}
