package dev.supervisor.jmh;

import dev.supervisor.Supervisor;
import java.util.concurrent.CountDownLatch;

/** Many tasks that sleep until they are interrupted, on a thread each; what {@link Abort} compares. */
interface Sleepers {

    /** Starts them. */
    void start(int tasks, Runnable sleep) throws Exception;

    /** Interrupts all, and waits until they have ended. */
    void abortAndJoin() throws Exception;

    static Sleepers of(String name) {
        return switch (name) {
            case "bare" -> new Bare();
            case "supervised" -> new Supervised();
            case "structured" -> Jdk25.get().sleepers();
            default -> throw new IllegalArgumentException("No peer has the name " + name);
        };
    }

    /** The threads in an array, and a latch. */
    final class Bare implements Sleepers {

        private Thread[] threads = {};
        private CountDownLatch latch = new CountDownLatch(0);

        @Override
        public void start(int tasks, Runnable sleep) {
            CountDownLatch ended = new CountDownLatch(tasks);
            Runnable body = () -> {
                sleep.run();
                ended.countDown();
            };
            threads = new Thread[tasks];
            latch = ended;
            for (int task = 0; task < tasks; task++) {
                threads[task] = ThreadPerTask.start(body);
            }
        }

        @Override
        public void abortAndJoin() throws InterruptedException {
            for (Thread thread : threads) {
                thread.interrupt();
            }
            latch.await();
        }
    }

    /** By a supervisor. */
    final class Supervised implements Sleepers {

        private final Supervisor supervisor = Supervisor.open();

        @Override
        public void start(int tasks, Runnable sleep) {
            for (int task = 0; task < tasks; task++) {
                supervisor.execute(sleep);
            }
        }

        @Override
        public void abortAndJoin() {
            supervisor.close();
        }
    }
}
