package dev.supervisor.soak;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Scopes that nest on all kinds of threads while strangers cancel at random, until the time is over or a cancellation
 * is lost. What each actor chooses comes from the seed; the interleaving does not.
 */
final class NestingSoak {

    static final int HANG_SECONDS = 20;
    /**
     * Of so many cancellations one may be followed by a stray: an InterruptedException is on its way through a block,
     * and the owner of this block is interrupted just then. One bit cannot say that the two have nothing to do with
     * each other (C6, what it cannot do).
     */
    private static final int CANCELLATIONS_PER_STRAY = 200_000;
    private static final int STRAYS_AT_ANY_TIME = 2;

    private final Findings findings = new Findings(found -> System.out.println("Nesting soak: FINDING " + found));
    private final double minutes = Double.parseDouble(System.getProperty("soak.nesting.minutes", "0.08"));
    private final long seed = Long.getLong("soak.seed", System.nanoTime());
    /** Whether to go on after a finding, to see how many there are. */
    private final boolean counts = Boolean.getBoolean("soak.nesting.count");
    private final CancellationLedger ledger =
            new CancellationLedger(findings, TimeUnit.MILLISECONDS.toNanos(counts ? 300 : 2_000), counts);
    private final List<Driver> drivers = new ArrayList<>();
    private final LongAdder rounds = new LongAdder();
    private volatile boolean over;

    private NestingSoak() { }

    public static void main(String[] args) throws Exception {
        run();
    }

    /** Soaks as the system properties say; throws an error that lists what was found. */
    static void run() throws Exception {
        SilentLog.begin();
        NestingSoak soak = new NestingSoak();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler(soak::uncaught);
        try {
            soak.soak();
        } finally {
            soak.over = true;
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        if (soak.findings.any()) {
            throw new AssertionError("-Dsoak.seed=" + soak.seed + ": " + soak.findings);
        }
    }

    /** A fatal error that no exit throws any more comes here (C7). */
    private void uncaught(Thread thread, Throwable thrown) {
        if (!NestingPools.FatalEnd.isIn(thrown)) {
            unexpected(thread.getName(), thrown);
        }
    }

    private void unexpected(String where, Throwable thrown) {
        StringBuilder text = new StringBuilder(where).append(" has thrown ").append(thrown);
        for (Throwable link = thrown; link != null; link = link.getCause()) {
            for (StackTraceElement frame : link.getStackTrace()) {
                text.append("\n      at ").append(frame);
            }
        }
        findings.add("none", text.toString());
    }

    private void soak() throws Exception {
        System.out.printf("Nesting soak: -Dsoak.nesting.minutes=%s -Dsoak.seed=%d, %s%n",
                minutes, seed, Machine.describe());
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 4; i++) {
            drivers.add(new Driver(random.split()));
        }
        drivers.forEach(driver -> driver.thread.start());
        long end = System.nanoTime() + (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        CountDownLatch never = new CountDownLatch(1);
        while (System.nanoTime() < end && (counts || !findings.any()) && !hangs()) {
            never.await(50, TimeUnit.MILLISECONDS);
        }
        over = true;
        for (Driver driver : drivers) {
            while (driver.thread.isAlive() && !driver.hangs()) {
                driver.thread.join(50);
            }
        }
        hangs();
        drivers.forEach(driver -> driver.pools.close());
        long cancelled = ledger.cancellations();
        if (findings.strays() > STRAYS_AT_ANY_TIME + cancelled / CANCELLATIONS_PER_STRAY) {
            findings.add("C6", findings.strays() + " strays in " + cancelled + " cancellations are too many");
        }
        System.out.printf("Nesting soak: %s, %d strays, %,d rounds, lost after %s%s%n",
                findings.any() ? "FAILED" : "passed", findings.strays(),
                rounds.sum(), ledger.lostAfter(), ledger.table());
    }

    private boolean hangs() throws Exception {
        for (Driver driver : drivers) {
            if (driver.thread.isAlive() && driver.hangs()) {
                findings.add("C3", driver.thread.getName() + " has not got on for " + HANG_SECONDS
                        + " s; told and not ended: " + driver.round.unanswered());
                Machine.printStacks(Files.createTempDirectory("soak").resolve("nesting-threads.txt"));
                return true;
            }
        }
        return false;
    }

    /** Lives round after round. */
    private final class Driver implements Runnable {

        private final NestingPools pools = new NestingPools(findings);
        private final Thread thread = NestingPools.daemons("nesting-driver-").newThread(this);
        private final SplittableRandom random;
        private volatile long last = System.nanoTime();
        private volatile NestingRound round;

        Driver(SplittableRandom random) {
            this.random = random;
        }

        private boolean hangs() {
            return System.nanoTime() - last > TimeUnit.SECONDS.toNanos(HANG_SECONDS);
        }

        @Override
        public void run() {
            try {
                while (!over && (counts || !findings.any())) {
                    round = new NestingRound(ledger, pools, random.split());
                    round.live();
                    rounds.increment();
                    last = System.nanoTime();
                }
            } catch (Throwable thrown) {
                unexpected("a driver", thrown);
            }
        }
    }
}
