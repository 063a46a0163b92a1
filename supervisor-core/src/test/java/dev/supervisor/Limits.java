package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;

/** Supervisors with a limit on the number of tasks, and their permits. */
final class Limits {

    private Limits() { }

    /** A throwable that these supervisors call fatal. */
    static final class Fatal extends Error {
        private static final long serialVersionUID = 1;
    }

    static Supervisor open(Kind kind, int max, Overflow overflow) {
        return builder(kind, max, overflow).open();
    }

    static Supervisor.Builder builder(Kind kind, int max, Overflow overflow) {
        return kind.builder().name("north").unowned().fatalIf(Fatal.class::isInstance).maxTasks(max, overflow);
    }

    /** Spawns so many tasks, whose bodies have begun and wait. */
    static List<GatedTask> hold(Kind kind, Supervisor supervisor, int count) {
        List<GatedTask> held = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            held.add(GatedTask.stubborn(kind, supervisor));
        }
        return held;
    }

    /** Asserts that there are just so many permits: no fewer, and no more. */
    static void assertPermits(int count, Kind kind, Supervisor supervisor) {
        Poll.until("nothing live", () -> supervisor.liveCount() == 0);
        List<GatedTask> held = hold(kind, supervisor, count);
        assertNull(supervisor.trySpawn(() -> 1), "more than " + count);
        held.forEach(GatedTask::release);
        Poll.until("nothing live", () -> supervisor.liveCount() == 0);
    }
}
