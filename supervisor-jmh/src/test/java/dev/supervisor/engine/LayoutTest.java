package dev.supervisor.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jol.info.ClassLayout;
import org.openjdk.jol.info.FieldLayout;

/** No false sharing: what different threads write lies on different cache lines, as the JVM lays out the fields. */
class LayoutTest {

    private static final int LINE = 64;

    private final ClassLayout stripe = ClassLayout.parseClass(Stripe.class);

    @Test
    void whatSpawnersWriteLiesTogether() {
        List<Long> offsets = List.of(offset("cursor"), offset("segments"), offset("cursorSegment"), offset("entered"));
        long first = offsets.stream().mapToLong(Long::longValue).min().orElseThrow();
        long last = offsets.stream().mapToLong(Long::longValue).max().orElseThrow();
        assertTrue(last - first <= 16, stripe::toPrintable);
    }

    @Test
    void whatSpawnersWriteIsOffTheLineOfWhatLiesBefore() {
        // The header is read by all; what lies before the object may be, too.
        assertTrue(offset("cursor") >= LINE && offset("segments") >= LINE, stripe::toPrintable);
    }

    @Test
    void whatFinishersWriteIsTwoLinesFromWhatSpawnersWrite() {
        long first = Math.min(offset("exited"), offset("exitedOtherwise"));
        assertTrue(first - offset("entered") >= 2 * LINE, stripe::toPrintable);
    }

    @Test
    void whatFinishersWriteIsOffTheLineOfWhatLiesBehind() {
        long last = Math.max(offset("exited"), offset("exitedOtherwise"));
        assertTrue(stripe.instanceSize() - last - Long.BYTES >= LINE - Long.BYTES, stripe::toPrintable);
    }

    @Test
    void aTaskHasFortyBytes() {
        assertEquals(40, ClassLayout.parseClass(SupervisedTask.class).instanceSize());
    }

    private long offset(String field) {
        return stripe.fields().stream().filter(layout -> layout.name().equals(field))
                .mapToLong(FieldLayout::offset).findFirst().orElseThrow();
    }
}
