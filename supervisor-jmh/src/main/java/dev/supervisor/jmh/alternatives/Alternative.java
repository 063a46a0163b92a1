package dev.supervisor.jmh.alternatives;

import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;

/**
 * The designs that were rejected, each as a whole supervisor: one {@link Phaser} that has a party per task, and a
 * {@linkplain TaskSet set} of one of three kinds. Decisions 0001 and 0002 say why.
 *
 * <p>It does less than a Supervisor does: no outcome, no handle, no callback, no hand-shake before an interrupt, which
 * may come late and meet the next task of a pooled thread. What it costs is therefore a lower bound of what the design
 * would cost. At most 65,535 tasks live at once: a Phaser has no more parties.
 */
public final class Alternative {

    /** What holds the live tasks. */
    public enum Kind {
        /** JCTools' {@code NonBlockingHashSet} of tasks: what the card of this project asks for, to the letter. */
        HASH_SET,
        /** Cells that are never given up, and recycled through JCTools' {@link MpmcVarHandleArrayQueue}. */
        CELLS,
        /** The key set of a {@code ConcurrentHashMap}. */
        KEY_SET
    }

    private final Executor executor;
    private final TaskSet set;
    private final Phaser phaser = new Phaser(1);
    private volatile boolean aborting;

    /** Opens one whose tasks are run by the executor. */
    public Alternative(Kind kind, Executor executor) {
        this.executor = executor;
        this.set = switch (kind) {
            case HASH_SET -> TaskSet.hashSet();
            case CELLS -> TaskSet.cells();
            case KEY_SET -> TaskSet.keySet();
        };
    }

    /** Starts a task. */
    public void spawn(Runnable body) {
        phaser.register();
        LiveTask task = new LiveTask(body);
        task.cell = set.add(task);
        try {
            if (aborting) {
                throw new RejectedExecutionException("Shutting down");
            }
            executor.execute(task);
        } catch (Throwable thrown) {
            remove(task);
            throw thrown;
        }
    }

    /** Interrupts all that run; those that have not begun will not. */
    public void abort() {
        aborting = true;
        set.forEach(LiveTask::interrupt);
    }

    /** Waits for all tasks. */
    public void join() {
        phaser.awaitAdvance(phaser.arriveAndDeregister());
    }

    private void remove(LiveTask task) {
        set.remove(task, task.cell);
        phaser.arriveAndDeregister();
    }

    /** One task. */
    final class LiveTask implements Runnable {

        private final Runnable body;
        /** Dearly bought otherwise: the runtime's own costs a call. */
        private final int hash = ThreadLocalRandom.current().nextInt();
        private volatile Thread runner;
        /** Where it lies, if the set wants to know. */
        private Object cell;

        LiveTask(Runnable body) {
            this.body = body;
        }

        @Override
        public void run() {
            runner = Thread.currentThread();
            try {
                if (!aborting) {
                    body.run();
                }
            } finally {
                runner = null;
                remove(this);
            }
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        void interrupt() {
            Thread thread = runner;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}
