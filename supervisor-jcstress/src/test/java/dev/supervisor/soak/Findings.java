package dev.supervisor.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** What was found to be wrong. The first finding ends the soak. */
final class Findings {

    private static final int MOST = 20;

    private final long start = System.nanoTime();
    private final Consumer<String> listener;
    private final List<String> messages = new ArrayList<>();
    private volatile int count;
    private final AtomicInteger strays = new AtomicInteger();

    /**
     * Makes an empty list.
     *
     * @param listener told of each finding as it is made
     */
    Findings(Consumer<String> listener) {
        this.listener = listener;
    }

    /**
     * Notes that something is wrong.
     *
     * @param clause the clause of the contract that is broken
     */
    void add(String clause, String what) {
        String message = message(clause, what);
        synchronized (messages) {
            if (count++ < MOST) {
                messages.add(message);
                listener.accept(message);
            }
        }
    }

    /** Notes an interrupt that nobody was owed; {@link NestingSoak} says how many are too many. */
    void stray(String what) {
        if (strays.incrementAndGet() <= MOST) {
            listener.accept(message("C6", what));
        }
    }

    int strays() {
        return strays.get();
    }

    private String message(String clause, String what) {
        return String.format("after %.1f s, in %s: %s: %s",
                (System.nanoTime() - start) / 1e9, Thread.currentThread().getName(), clause, what);
    }

    boolean any() {
        return count > 0;
    }

    @Override
    public String toString() {
        synchronized (messages) {
            return count + " findings\n  " + String.join("\n  ", messages);
        }
    }
}
