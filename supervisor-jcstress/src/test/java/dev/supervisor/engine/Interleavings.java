package dev.supervisor.engine;

import dev.supervisor.Action;
import java.lang.ref.Reference;
import java.util.List;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckSettings;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * How the model checks are explored. Lincheck runs one thread at a time and chooses where to stop it. A deadlock, or a
 * loop without end, is a failure like any other.
 */
final class Interleavings {

    /** {@code -Dlincheck.depth=10} explores ten times as many interleavings of each test, 0.5 half as many. */
    private static final double DEPTH = Double.parseDouble(System.getProperty("lincheck.depth", "1"));

    /** A loop of ours that goes round so often never ends. */
    private static final int LOOP_BOUND = 200;

    private static boolean instrumented;

    /**
     * The actors of the interleaving that runs. If no static field leads to an object, Lincheck takes it for the
     * property of one thread, and stops no thread at reads of it. A {@link Thread} does not lead to its Runnable where
     * that lies in an object that the JDK has made.
     */
    private static Actor[] shared;

    private Interleavings() { }

    /** Explores code that starts threads, by {@link #concurrently}, and throws if a claim does not hold. */
    static void explore(int interleavings, Runnable block) {
        if (!instrumented) {
            instrument();
            instrumented = true;
        }
        run(atDepth(interleavings), block);
    }

    /**
     * Sets bounds of ours. A visit of the live set goes through more slots than Lincheck lets a loop go round before it
     * takes the loop for one that waits for another thread. It would stop each visit there, and wake threads that are
     * parked. The public method of Lincheck takes no bounds.
     */
    private static void run(int interleavings, Runnable block) {
        LincheckSettings settings = new LincheckSettings();
        settings = new LincheckSettings(
                settings.getAnalyzeStdLib(), LOOP_BOUND / 4, LOOP_BOUND, settings.getRecursionBound());
        Lincheck.runConcurrentTestInternal$lincheck(interleavings, settings, () -> {
            WindowStack stack = Given.freshStack();   // the same thread ran the interleaving before
            block.run();
            Reference.reachabilityFence(stack);
        });
    }

    /** Options for a data structure and its operations: so many scenarios, and so many interleavings of each. */
    static ModelCheckingOptions options(int scenarios, int interleavings) {
        return new ModelCheckingOptions()
                .iterations(atDepth(scenarios))
                .invocationsPerIteration(interleavings)
                .actorsBefore(1)
                .actorsPerThread(2)
                .actorsAfter(1)
                .loopIterationsBeforeThreadSwitch(LOOP_BOUND / 4)
                .loopBound(LOOP_BOUND);
    }

    private static int atDepth(int count) {
        return (int) Math.max(1, Math.round(count * DEPTH));
    }

    /**
     * Runs the last actor on the current thread and each other actor on a thread of its own. Throws what an actor has
     * thrown. Lincheck begins with the interleavings that have few switches, and the current thread runs first. So the
     * last actor should be the one that is best stopped in the middle.
     */
    static void concurrently(Action... actors) {
        int mine = actors.length - 1;
        Actor[] parts = new Actor[actors.length];
        for (int index = 0; index <= mine; index++) {
            parts[index] = new Actor(actors[index]);
        }
        shared = parts;
        Thread[] threads = new Thread[mine];
        for (int index = 0; index < mine; index++) {
            threads[index] = new Thread(parts[index]);
            threads[index].start();
        }
        parts[mine].run();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError("The main thread was interrupted", e);
            }
        }
        for (Actor part : parts) {
            if (part.thrown != null) {
                throw new AssertionError("An actor has thrown " + part.thrown, part.thrown);
            }
        }
    }

    /** Keeps what its action throws, since Lincheck looks at the main thread only. */
    private static final class Actor implements Runnable {

        private final Action action;
        private Throwable thrown;

        Actor(Action action) {
            this.action = action;
        }

        @Override
        public void run() {
            WindowStack stack = Chain.stack();   // other references to it are weak, and the collector may clear them
            try {
                action.run();
            } catch (Throwable t) {
                thrown = t;
            } finally {
                Reference.reachabilityFence(stack);
            }
        }
    }

    /**
     * Loads and instruments the classes that the tests use, in small portions. Lincheck gives each interleaving 30 s,
     * which on a busy machine is short for the first one.
     */
    private static void instrument() {
        Scope supervisor = Given.unowned();
        supervisor.spawn(Given.NOTHING).onDone(task -> { }).cancel();
        Given.run(supervisor.spawn(Given.NOTHING));
        supervisor.close();
        Given.spawn(supervisor);
        List<Runnable> portions = List.of(
                () -> concurrently(Given.NOTHING),
                Given::unowned,
                () -> Given.unowned().spawn(Given.NOTHING),
                () -> Given.unowned().close(),
                () -> Given.whatIsLeft(Given.unowned()),
                () -> Given.run(Given.unowned().spawn(Given.NOTHING)));
        portions.forEach(portion -> run(1, portion));
    }
}
