package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Proves that tests run; delete it when the first example has one. */
class PlaceholderTest {
    @Test
    void runsOnTheBaselineOrNewer() {
        assertTrue(Runtime.version().feature() >= 17);
    }
}
