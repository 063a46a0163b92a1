package dev.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Users can fake tasks in their tests: the interface can be implemented. To the library a fake is another task. */
class FakesTest {

    /** User code that takes a task. */
    private static String report(Task<String> task) {
        try {
            return task.name() + ": " + task.get();
        } catch (TaskCancelledException e) {
            return e.task().name() + " was cancelled";
        } catch (ExecutionException | InterruptedException e) {
            return task.name() + " has failed: " + e.getCause().getMessage();
        }
    }

    @Test
    void aFakeReturnsFailsOrIsCancelled() {
        assertEquals("fake: 1", report(new FakeTask(() -> "1")));
        assertEquals("fake has failed: broken", report(new FakeTask(() -> {
            throw new ExecutionException(new IllegalStateException("broken"));
        })));
        FakeTask cancelled = new FakeTask(null);
        assertEquals("fake was cancelled", report(cancelled));
    }

    @Test
    void e3_aFakesCancellationIsThatOfAnotherTask() {
        FakeTask cancelled = new FakeTask(null);
        try (Supervisor supervisor = Supervisor.builder().executor(Runnable::run)
                .onFailure(FailureHandler.ignore()).open()) {
            Task<Object> task = supervisor.spawn((Callable<Object>) cancelled::get);
            assertEquals(Task.Status.FAILED, task.status());
            assertSame(cancelled, assertThrows(TaskCancelledException.class, () -> {
                throw task.failure();
            }).task());
        }
    }

    private static final class FakeTask implements Task<String> {

        private final Callable<String> outcome;

        FakeTask(Callable<String> outcome) {
            this.outcome = outcome;
        }

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public Supervisor supervisor() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Status status() {
            return outcome == null ? Status.CANCELLED : Status.SUCCEEDED;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            return false;
        }

        @Override
        public boolean isCancelled() {
            return outcome == null;
        }

        @Override
        public boolean isCancelRequested() {
            return outcome == null;
        }

        @Override
        public Task<String> onCancel(Action hook) {
            return this;
        }

        @Override
        public Task<String> onDrain(Action hook) {
            return this;
        }

        @Override
        public boolean isDone() {
            return true;
        }

        @Override
        public Task<String> onDone(Consumer<? super Task<String>> callback) {
            callback.accept(this);
            return this;
        }

        @Override
        public String get() throws ExecutionException {
            if (outcome == null) {
                throw new TaskCancelledException(this, "fake was cancelled", null);
            }
            try {
                return outcome.call();
            } catch (ExecutionException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new ExecutionException(e);
            }
        }

        @Override
        public String get(long timeout, TimeUnit unit) throws ExecutionException {
            return get();
        }

        @Override
        public String join() {
            return resultNow();
        }

        @Override
        public Throwable failure() {
            return null;
        }

        @Override
        public String resultNow() {
            return "now";
        }

        @Override
        public Throwable exceptionNow() {
            throw new IllegalStateException();
        }

        @Override
        public CompletableFuture<String> toCompletableFuture() {
            return CompletableFuture.completedFuture("now");
        }
    }
}
