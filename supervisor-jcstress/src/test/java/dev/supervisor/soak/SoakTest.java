package dev.supervisor.soak;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The soak as part of the build: a minute, or {@code -Dsoak.minutes}. It ends itself if it hangs. */
@Tag("soak")
class SoakTest {

    @Test
    @Timeout(value = 365, unit = TimeUnit.DAYS)
    void soak() throws IOException, InterruptedException {
        Soak.run();
    }
}
