package dev.supervisor.jmh;

import dev.supervisor.Action;
import org.openjdk.jmh.infra.Blackhole;

/** The body of a task: for an executor and for a supervisor alike, so that no peer has to wrap it. */
interface Work extends Runnable, Action {

    /** Nothing. */
    Work NONE = () -> { };

    /** How often {@link Blackhole#consumeCPU} goes round in a microsecond, roughly; the bare peers show how roughly. */
    long TOKENS_PER_MICROSECOND = 500;

    @Override
    void run();

    /** So much of a processor's time, and nothing else. */
    static Work ofMicroseconds(int microseconds) {
        if (microseconds == 0) {
            return NONE;
        }
        long tokens = microseconds * TOKENS_PER_MICROSECOND;
        return () -> Blackhole.consumeCPU(tokens);
    }
}
