package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Proves that tests run; delete it with {@link Placeholder}. */
class PlaceholderTest {
    @Test
    void increments() {
        assertEquals(2, Placeholder.increment(1));
    }
}
