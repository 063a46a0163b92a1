package dev.supervisor;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The tasks that were spawned and not handed over, in the order in which they will be. Used by one thread. */
interface Pending<T extends @Nullable Object> {

    Task<T> spawn(Callable<? extends T> body);

    /** Waits for the next one, whatever its outcome; there is one. */
    Task<T> take() throws InterruptedException;

    long size();

    /** In the order of completion. */
    static <T extends @Nullable Object> Pending<T> asCompleted(Supervisor supervisor) {
        return new AsCompleted<>(supervisor.completions());
    }

    /** In the order of the spawns. */
    static <T extends @Nullable Object> Pending<T> inOrder(Supervisor supervisor) {
        return new InOrder<>(supervisor, new ArrayDeque<>());
    }

    record AsCompleted<T extends @Nullable Object>(Completions<T> completions) implements Pending<T> {

        @Override
        public Task<T> spawn(Callable<? extends T> body) {
            return completions.spawn(body);
        }

        @Override
        public Task<T> take() throws InterruptedException {
            return completions.take();
        }

        @Override
        public long size() {
            return completions.pending();
        }
    }

    record InOrder<T extends @Nullable Object>(Supervisor supervisor, Queue<Task<T>> tasks) implements Pending<T> {

        @Override
        public Task<T> spawn(Callable<? extends T> body) {
            Task<T> task = supervisor.spawn(body);
            tasks.add(task);
            return task;
        }

        @Override
        public Task<T> take() throws InterruptedException {
            Task<T> oldest = tasks.element();
            try {
                oldest.get();
            } catch (ExecutionException | CancellationException ended) {
                // its outcome is looked at by whoever takes it
            }
            return tasks.remove();
        }

        @Override
        public long size() {
            return tasks.size();
        }
    }
}
