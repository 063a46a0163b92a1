package dev.supervisor.jmh;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.jmh.Results.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tables and plots are made of. */
class ResultsTest {

    private static final Question OURS = Question.of("Some method=run peer=ours t=1");
    private static final Question THEIRS = Question.of("Some method=run peer=theirs t=1");

    @TempDir
    private Path folder;

    @Test
    void ratiosAndDifferencesAreOfTheRoundsThatHaveAskedBoth() throws IOException {
        write(1, result("ours", 10), result("theirs", 20));
        write(2, result("ours", 30));
        write(3, result("ours", 50), result("theirs", 25));
        Results results = Results.read(folder);
        assertArrayEquals(new double[] {0.5, 2}, results.ratios(OURS, THEIRS));
        assertArrayEquals(new double[] {2, 0.5}, results.ratios(THEIRS, OURS));
        assertArrayEquals(new double[] {-1, 2.5}, results.differences(OURS, THEIRS, "tenth"));
        assertArrayEquals(new double[] {-10, 25}, results.differences(OURS, THEIRS));
        assertArrayEquals(new double[] {0, 0}, results.ratiosOfDifference(OURS, OURS, THEIRS));
        assertArrayEquals(new double[] {-1, 0.5}, results.ratiosOfDifference(OURS, THEIRS, OURS));
        assertArrayEquals(new double[] {10, 30, 50}, results.scores(OURS));
        assertEquals("2 to 3", results.rounds());
    }

    @Test
    void aScoreIsTheMedianOfItsIterations() throws IOException {
        write(1, result("ours", 7));
        Results results = Results.read(folder);
        assertArrayEquals(new double[] {7}, results.scores(OURS));
        assertArrayEquals(new double[] {6, 7, 80}, results.iterations(OURS));
        assertEquals("somewhere", results.origins());
    }

    @Test
    void whatNobodyHasAskedHasNoScore() throws IOException {
        Results results = Results.read(folder);
        assertEquals(0, results.scores(OURS).length);
        assertEquals(0, results.ratios(OURS, THEIRS).length);
        assertTrue(Double.isNaN(Results.median()));
    }

    @Test
    void aMedianLiesInTheMiddle() {
        assertEquals(2, Results.median(9, 1, 2));
        assertEquals(3, Results.median(1, 4, 2, 9));
    }

    private void write(int round, String... results) throws IOException {
        Files.writeString(folder.resolve("Some-t1-" + round + ".json"), "[" + String.join(",", List.of(results)) + "]");
    }

    /** As JMH writes it, as far as it is read. */
    private static String result(String peer, int median) {
        return """
                {"benchmark": "dev.supervisor.jmh.Some.run", "threads": 1, "params": {"peer": "%s"},
                 "jvmArgs": ["-Xmx2g", "-Dorigin=somewhere"], "vmName": "VM", "vmVersion": "25",
                 "primaryMetric": {"score": 31.0, "scorePercentiles": {"0.0": %d, "50.0": %d, "100.0": 80},
                                   "rawData": [[%d, %d, 80]]},
                 "secondaryMetrics": {"tenth": {"score": %s}}}"""
                .formatted(peer, median - 1, median, median - 1, median, median / 10.0);
    }
}
