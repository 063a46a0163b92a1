package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The same for a context that is set and cleared by calls, so that code may leave a value on a thread. */
abstract class ThreadContextContract extends ContextContract {

    /** Sets the value in the context of this thread, and leaves it there. */
    abstract void leave(String value);

    @Test
    void whatABodyLeavesBehindTheNextTaskDoesNotSee() throws Exception {
        var supervisor = open(Kind.FOREIGN);
        supervisor.spawn(() -> leave("left behind")).get();
        assertNull(supervisor.spawn(this::value).get());
        assertEquals("one", with("one", () -> supervisor.spawn(this::value)).get());
        assertNull(supervisor.spawn(this::value).get());
    }

    @Test
    void aValueOfThePoolsOwnThreadIsHiddenAndRestored() throws Exception {
        var supervisor = open(Kind.FOREIGN);
        pool.submit(() -> leave("the pool's")).get(60, TimeUnit.SECONDS);
        assertEquals("one", with("one", () -> supervisor.spawn(this::value)).get());
        assertNull(supervisor.spawn(this::value).get());
        assertEquals("the pool's", pool.submit(this::value).get(60, TimeUnit.SECONDS));
    }
}
