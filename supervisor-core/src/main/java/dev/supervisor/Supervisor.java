package dev.supervisor;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
public final class Supervisor implements AutoCloseable, Executor {
    public enum State { ENTERED, EXITING, SEALED, ABORTING, FINISHED }
    public static Supervisor open() { throw new UnsupportedOperationException(); }
    public static Builder builder() { throw new UnsupportedOperationException(); }
    public static <X extends Exception> void run(Body<X> body) throws X, InterruptedException { throw new UnsupportedOperationException(); }
    public static <R extends @Nullable Object, X extends Exception> R call(BodyFunction<R, X> body) throws X, InterruptedException { throw new UnsupportedOperationException(); }
    public <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body) { throw new UnsupportedOperationException(); }
    public <T extends @Nullable Object> Task<T> spawn(String name, Callable<? extends T> body) { throw new UnsupportedOperationException(); }
    public Task<@Nullable Void> spawn(Action body) { throw new UnsupportedOperationException(); }
    public Task<@Nullable Void> spawn(String name, Action body) { throw new UnsupportedOperationException(); }
    @Override public void execute(Runnable body) { throw new UnsupportedOperationException(); }
    public void seal() { throw new UnsupportedOperationException(); }
    public void abort() { throw new UnsupportedOperationException(); }
    public void shutdown() { throw new UnsupportedOperationException(); }
    public void join() throws InterruptedException { throw new UnsupportedOperationException(); }
    @Override public void close() { throw new UnsupportedOperationException(); }
    public State state() { throw new UnsupportedOperationException(); }
    public <T extends @Nullable Object> Completions<T> completions() { throw new UnsupportedOperationException(); }
    public long liveCount() { throw new UnsupportedOperationException(); }
    public List<Task<?>> tasks() { throw new UnsupportedOperationException(); }
    public String name() { throw new UnsupportedOperationException(); }
    public static final class Builder {
        public Builder name(String name) { throw new UnsupportedOperationException(); }
        public Builder executor(Executor executor) { throw new UnsupportedOperationException(); }
        public Builder threadFactory(ThreadFactory factory) { throw new UnsupportedOperationException(); }
        public Builder unowned() { throw new UnsupportedOperationException(); }
        public Builder fatalIf(Predicate<? super Throwable> predicate) { throw new UnsupportedOperationException(); }
        public Builder onFailure(FailureHandler handler) { throw new UnsupportedOperationException(); }
        public Builder onBodyFailure(BodyFailure policy) { throw new UnsupportedOperationException(); }
        public Builder decorator(TaskDecorator decorator) { throw new UnsupportedOperationException(); }
        public Supervisor open() { throw new UnsupportedOperationException(); }
        public <X extends Exception> void run(Body<X> body) throws X, InterruptedException { throw new UnsupportedOperationException(); }
        public <R extends @Nullable Object, X extends Exception> R call(BodyFunction<R, X> body) throws X, InterruptedException { throw new UnsupportedOperationException(); }
    }
}
