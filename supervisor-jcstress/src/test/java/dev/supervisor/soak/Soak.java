package dev.supervisor.soak;

import dev.supervisor.engine.ServerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Drivers that open, use and leave supervisors, each in its own way, until the time is over or something is found to
 * be wrong. The main thread takes samples, looks for hangs, and draws up the account at the end.
 *
 * <p>What each actor chooses comes from the seed; the interleaving does not. The harness holds entries of live tasks
 * only, so a heap that grows is the library's.
 */
final class Soak {

    private static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(60);

    final Findings findings;
    final Tally tally = Tally.ofEverything();
    final Collectables collectables;
    final Pools pools;

    private final Set<Thread> before = Machine.threads();
    private final int threadsBefore = Machine.platformThreads();
    private final double minutes;
    private final long seed;
    private final Path folder;
    private final Series series = new Series();
    private final Uncaught uncaught = new Uncaught(this);
    private final List<Beat> beats = new ArrayList<>();
    /** What the roles of all drivers begin with that take part: all of them, if it is empty. */
    private final String only = System.getProperty("soak.only", "");
    private volatile boolean over;

    Soak(double minutes, long seed, Path folder, Findings findings) {
        this.findings = findings;
        this.collectables = new Collectables(findings, tally);
        this.pools = new Pools(findings, tally);
        this.minutes = minutes;
        this.seed = seed;
        this.folder = folder;
    }

    /** A driver's sign of life. */
    static final class Beat {

        private final Thread driver;
        private volatile long last = System.nanoTime();
        private volatile Object round = "";

        private Beat(Thread driver) {
            this.driver = driver;
        }

        void beat() {
            last = System.nanoTime();
        }

        /** It begins a round that can say what has not ended. */
        void in(Object begun) {
            round = begun;
        }
    }

    /** One way to live, again and again. */
    private interface Life {

        void live(SplittableRandom random, Beat beat) throws InterruptedException;
    }

    public static void main(String[] args) throws Exception {
        run();
    }

    /** Soaks as the system properties say; throws an error that lists what was found. */
    static void run() throws IOException, InterruptedException {
        SilentLog.begin();
        double minutes = Double.parseDouble(System.getProperty("soak.minutes", "1"));
        long seed = Long.getLong("soak.seed", System.nanoTime());
        Path folder = Path.of(System.getProperty("soak.dir", "target"));
        Findings findings = new Findings(finding -> System.out.println("Soak: FINDING " + finding));
        Soak soak = new Soak(minutes, seed, Files.createDirectories(folder), findings);
        soak.soak();
        if (findings.any()) {
            throw new AssertionError("-Dsoak.seed=" + seed + ": " + findings);
        }
    }

    boolean isOver() {
        return over || findings.any();
    }

    /** Something was thrown that nobody should have thrown. */
    void unexpected(String where, Throwable thrown) {
        StringBuilder text = new StringBuilder(where).append(" has thrown ").append(thrown);
        for (StackTraceElement frame : thrown.getStackTrace()) {
            text.append("\n      at ").append(frame);
        }
        findings.add("none", text.toString());
    }

    // ---- the run

    private void soak() throws IOException, InterruptedException {
        System.out.printf("Soak: -Dsoak.minutes=%s -Dsoak.seed=%d, %s%n", minutes, seed, Machine.describe());
        uncaught.listen();
        try {
            SplittableRandom random = new SplittableRandom(seed);
            Rounds rounds = new Rounds(this);
            for (int i = 0; i < 3; i++) {
                drive("short", rounds::shortScope, random.split());
            }
            drive("long", rounds::longLife, random.split());
            drive("long in join", rounds::longLifeInJoin, random.split());
            drive("completions", rounds::completions, random.split());
            drive("chain", rounds::chain, random.split());
            for (int i = 0; i < 2; i++) {
                drive("server", rounds::server, random.split());
            }
            beats.forEach(beat -> beat.driver.start());
            sample();
            over = true;
            if (awaitDrivers()) {
                atRest();
            }
        } finally {
            over = true;
            uncaught.restore();
        }
        report();
    }

    private void drive(String role, Life life, SplittableRandom random) {
        if (!role.startsWith(only)) {
            return;
        }
        Beat[] beat = new Beat[1];
        beat[0] = new Beat(pools.daemon(role, () -> {
            try {
                while (!isOver()) {
                    beat[0].beat();
                    life.live(random, beat[0]);
                }
            } catch (Throwable thrown) {
                unexpected("a driver", thrown);
            }
        }));
        beats.add(beat[0]);
    }

    /** Takes samples until the time is over; finds drivers that hang. */
    private void sample() throws InterruptedException {
        long start = System.nanoTime();
        long end = start + (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        long lastTime = start;
        long lastTasks = 0;
        long nextReport = 60;
        while (System.nanoTime() < end && !isOver() && !hangs()) {
            // The interval of the samples, not a wait for anything.
            TimeUnit.SECONDS.sleep(series.interval());
            long heap = Machine.heapAfterCollection();
            collectables.check();
            long tasks = tally.of(Tally.Of.TASKS);
            long now = System.nanoTime();
            double seconds = (now - start) / 1e9;
            series.add(new Series.Sample(seconds, heap, Machine.platformThreads(),
                    (tasks - lastTasks) * 1e9 / (now - lastTime)));
            if (seconds >= nextReport) {
                System.out.printf("Soak: %.0f s, %,d tasks, %,d bytes, %d threads%n",
                        seconds, tasks, heap, Machine.platformThreads());
                nextReport += 60;
            }
            lastTasks = tasks;
            lastTime = now;
        }
    }

    private boolean hangs() {
        long now = System.nanoTime();
        for (Beat beat : beats) {
            if (beat.driver.isAlive() && now - beat.last > HANG_NANOS) {
                findings.add("C9", beat.driver.getName() + " has not got on for 60 s: " + beat.round);
                Machine.printStacks(folder.resolve("soak-threads.txt"));
                return true;
            }
        }
        return false;
    }

    private boolean awaitDrivers() throws InterruptedException {
        long deadline = System.nanoTime() + HANG_NANOS;
        for (Beat beat : beats) {
            beat.driver.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            if (beat.driver.isAlive()) {
                if (!findings.any()) {
                    findings.add("C9", beat.driver.getName() + " does not end its last round within 60 s: "
                            + beat.round);
                    Machine.printStacks(folder.resolve("soak-threads.txt"));
                }
                return false;
            }
        }
        return true;
    }

    /** When nobody does anything any more: what is left of all that was done? */
    private void atRest() throws InterruptedException {
        if (!pools.close()) {
            findings.add("A5", "the pools still run something 60 s after the last supervisor has ended");
            Machine.printStacks(folder.resolve("soak-threads.txt"));
            return;
        }
        uncaught.check();
        series.checkHeap(findings);
        List<Enum<?>> missing = tally.missing();
        if (only.isEmpty() && !findings.any() && !missing.isEmpty()) {
            findings.add("none", "this soak has never done " + missing);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (collectables.size() > 0 && System.nanoTime() < deadline) {
            System.gc();
            collectables.check();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        if (collectables.size() > 0) {
            findings.add("E6", collectables.size() + " samples of tasks are not collected at the end");
        }
        awaitAlarm();
        awaitThreads();
    }

    /** A supervisor leaves the alarm's set when it is finished. */
    private void awaitAlarm() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (ServerState.watchedByAlarm() > 0 && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        if (ServerState.watchedByAlarm() > 0) {
            findings.add("S6", "the alarm looks at " + ServerState.watchedByAlarm() + " supervisors that are finished");
        }
    }

    private void awaitThreads() throws InterruptedException {
        Machine.endIdleThreadsOfSharedPool();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!Machine.threadsSince(before).isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        List<Thread> left = Machine.threadsSince(before);
        if (!left.isEmpty()) {
            findings.add("E8", "threads that are still there 30 s after the end: " + left);
        }
    }

    private void report() throws IOException {
        long tasks = tally.of(Tally.Of.TASKS);
        System.out.printf("Soak: %,d tasks, %s; counts:%s%n", tasks, findings.any() ? "FAILED" : "passed", tally);
        System.out.printf("Soak: heap after collection, median %,d bytes early, %,d late; platform threads %d before,"
                + " %d after, %d of them idle ones of the JVM's ForkJoinPools%n", series.earlyHeap(), series.lateHeap(),
                threadsBefore, Machine.platformThreads(), Machine.idleForkJoinThreads());
        series.write(folder.resolve("soak.csv"));
        if (series.samples().size() > 1) {
            Plot.write(series, String.format("Soak: %,d tasks in %.1f minutes, JDK %s",
                    tasks, series.samples().get(series.samples().size() - 1).seconds() / 60,
                    Runtime.version().feature()), folder.resolve("soak.svg"));
        }
    }
}
