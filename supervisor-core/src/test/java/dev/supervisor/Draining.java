package dev.supervisor;

import java.time.Duration;

/** Drains on another thread. */
final class Draining {

    private Draining() { }

    /** Drains on another thread, and returns when the state is DRAINING. */
    static Background<Boolean> begin(Supervisor supervisor, Duration grace) {
        return begin(Caller.PLATFORM, supervisor, grace);
    }

    /** The same on a thread of this kind. */
    static Background<Boolean> begin(Caller caller, Supervisor supervisor, Duration grace) {
        Background<Boolean> drainer = Background.call(caller::unstarted, () -> supervisor.drain(grace));
        untilBegun(supervisor);
        return drainer;
    }

    /** Waits until the state is DRAINING. */
    static void untilBegun(Supervisor supervisor) {
        Poll.until("draining", () -> supervisor.state() == Supervisor.State.DRAINING);
    }
}
