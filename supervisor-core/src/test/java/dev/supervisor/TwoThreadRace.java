package dev.supervisor;

import java.util.concurrent.Phaser;
import java.util.concurrent.ThreadLocalRandom;

/** The test's thread and one more, which begin each round together: a race, run often. */
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

    /** Runs both at once, and returns when both have ended; fails the test if theirs threw. */
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

    /** A random moment, so that the rounds do not all meet in the same way. */
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
