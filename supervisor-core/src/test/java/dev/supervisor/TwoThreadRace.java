package dev.supervisor;

import java.util.concurrent.Phaser;
import java.util.concurrent.ThreadLocalRandom;

/** A race between the test's thread and one more, run often: both begin each round together. */
public final class TwoThreadRace implements AutoCloseable {

    private final Phaser phaser = new Phaser(2);
    private final Thread opponent = Kind.daemon(this::loop);
    private volatile Action theirs;
    private volatile Throwable thrown;

    public TwoThreadRace() {
        opponent.start();
    }

    private void loop() {
        while (true) {
            phaser.arriveAndAwaitAdvance();
            Action action = theirs;
            if (action == null) {
                return;
            }
            try {
                jitter();
                action.run();
            } catch (Throwable t) {
                thrown = t;
            }
            phaser.arriveAndAwaitAdvance();
        }
    }

    /** Runs both actions at once, and returns when both have ended; fails the test if the other thread's threw. */
    public void round(Action mine, Action theirs) throws Exception {
        this.theirs = theirs;
        phaser.arriveAndAwaitAdvance();
        try {
            jitter();
            mine.run();
        } finally {
            phaser.arriveAndAwaitAdvance();
        }
        if (thrown != null) {
            throw new AssertionError("the opponent threw", thrown);
        }
    }

    /** Spins for a random time, so that the threads do not meet in the same way in all rounds. */
    public static void jitter() {
        for (int i = ThreadLocalRandom.current().nextInt(400); i > 0; i--) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        theirs = null;
        phaser.arriveAndAwaitAdvance();
        try {
            opponent.join(Poll.DEADLINE.toMillis());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
