package dev.supervisor;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * What the library's supervisor and the {@link ReferenceSupervisor} have in common: just enough to perform one history
 * on both. {@link Task} is sealed, so the reference cannot hand out tasks of its own; it hands out {@link Job}s.
 */
interface SupervisorUnderTest {

    Job spawn(String name, Callable<?> body);

    void seal();

    void abort();

    void shutdown();

    void join() throws InterruptedException;

    void close();

    Supervisor.State state();

    long liveCount();

    List<? extends Job> jobs();

    /** A task of either side. */
    interface Job {

        String name();

        Task.Status status();

        boolean cancel(boolean mayInterruptIfRunning);

        void onDone(Consumer<? super Job> callback);

        /** As {@link Task#get()}. */
        Object get() throws InterruptedException, ExecutionException;
    }

    /** The library's supervisor, adapted. */
    record Library(Supervisor supervisor) implements SupervisorUnderTest {

        @Override
        public Job spawn(String name, Callable<?> body) {
            return new LibraryJob(supervisor.<Object>spawn(name, body::call));
        }

        @Override
        public void seal() {
            supervisor.seal();
        }

        @Override
        public void abort() {
            supervisor.abort();
        }

        @Override
        public void shutdown() {
            supervisor.shutdown();
        }

        @Override
        public void join() throws InterruptedException {
            supervisor.join();
        }

        @Override
        public void close() {
            try {
                supervisor.close();
            } catch (CompletionException wrapped) {   // C7: a fatal error, always wrapped by close
                throw Sneaky.<RuntimeException>sneakyThrow(wrapped.getCause());
            }
        }

        @Override
        public Supervisor.State state() {
            return supervisor.state();
        }

        @Override
        public long liveCount() {
            return supervisor.liveCount();
        }

        @Override
        public List<? extends Job> jobs() {
            return supervisor.tasks().stream().map(LibraryJob::new).toList();
        }
    }

    /** The library's task, adapted. */
    record LibraryJob(Task<?> task) implements Job {

        @Override
        public String name() {
            return task.name();
        }

        @Override
        public Task.Status status() {
            return task.status();
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            return task.cancel(mayInterruptIfRunning);
        }

        @Override
        public void onDone(Consumer<? super Job> callback) {
            task.onDone(done -> callback.accept(this));
        }

        @Override
        public Object get() throws InterruptedException, ExecutionException {
            return task.get();
        }
    }
}
