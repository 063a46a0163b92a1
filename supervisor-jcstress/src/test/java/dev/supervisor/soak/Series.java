package dev.supervisor.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is measured over time, at a fixed interval. When there are too many samples the interval doubles. */
final class Series {

    /**
     * One sample.
     *
     * @param heap the bytes in use after a garbage collection
     * @param threads the live platform threads
     * @param rate the tasks a second since the sample before
     */
    record Sample(double seconds, long heap, int threads, double rate) { }

    private static final int MOST = 600;
    private static final double GROWTH = 1.2;
    private static final long SLACK = 4 << 20;

    private final List<Sample> samples = new ArrayList<>();
    private int interval = 1;

    void add(Sample sample) {
        samples.add(sample);
        if (samples.size() == MOST) {
            for (int index = MOST / 2 - 1; index >= 0; index--) {
                Sample first = samples.get(2 * index);
                Sample second = samples.remove(2 * index + 1);
                samples.set(2 * index, new Sample(second.seconds(), second.heap(), second.threads(),
                        (first.rate() + second.rate()) / 2));
            }
            interval *= 2;
        }
    }

    /** The seconds until the next sample. */
    int interval() {
        return interval;
    }

    List<Sample> samples() {
        return samples;
    }

    /** The median of the heap from one part of the time to another, both from 0 to 1. */
    long medianHeap(double from, double to) {
        int size = samples.size();
        return samples.subList((int) (size * from), (int) Math.ceil(size * to)).stream()
                .mapToLong(Sample::heap).sorted().skip((long) (size * (to - from) / 2)).findFirst().orElse(0);
    }

    /** After a sixth of the time, to get warm: the heap of the third that follows. */
    long earlyHeap() {
        return medianHeap(1 / 6.0, 1 / 2.0);
    }

    /** The heap of the last third. */
    long lateHeap() {
        return medianHeap(2 / 3.0, 1);
    }

    /** Finds a heap that grows (E7). */
    void checkHeap(Findings findings) {
        if (lateHeap() > earlyHeap() * GROWTH + SLACK) {
            findings.add("E7", String.format("the heap has grown: median %,d bytes early, %,d late; allowed are"
                    + " %.1f times the early one and %,d bytes", earlyHeap(), lateHeap(), GROWTH, SLACK));
        }
    }

    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("seconds,heap_bytes,threads,tasks_per_second");
        samples.forEach(sample -> lines.add(String.format(java.util.Locale.ROOT, "%.1f,%d,%d,%.0f",
                sample.seconds(), sample.heap(), sample.threads(), sample.rate())));
        Files.write(file, lines);
    }
}
