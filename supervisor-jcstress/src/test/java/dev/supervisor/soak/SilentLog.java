package dev.supervisor.soak;

import java.util.logging.Level;
import java.util.logging.Logger;

/** The library's log says nothing in a soak: many blocks are left with live tasks, which close() would log (C4). */
final class SilentLog {

    /** Held, or its level is lost. */
    private static final Logger LOG = Logger.getLogger("dev.supervisor");

    private SilentLog() { }

    static void begin() {
        LOG.setLevel(Level.OFF);
    }
}
