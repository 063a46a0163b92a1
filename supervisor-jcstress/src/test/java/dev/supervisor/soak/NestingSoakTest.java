package dev.supervisor.soak;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The soak of nested scopes as part of the build: five seconds, or {@code -Dsoak.nesting.minutes}. */
@Tag("soak")
class NestingSoakTest {

    @Test
    @Timeout(value = 365, unit = TimeUnit.DAYS)
    void c6_c10_everyCancellationIsAccountedFor() throws Exception {
        NestingSoak.run();
    }
}
