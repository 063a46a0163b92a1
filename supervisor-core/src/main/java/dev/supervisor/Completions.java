package dev.supervisor;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
public final class Completions<T extends @Nullable Object> {
    Completions(Supervisor s) { }
    public Supervisor supervisor() { throw new UnsupportedOperationException(); }
    public Task<T> spawn(Callable<? extends T> body) { throw new UnsupportedOperationException(); }
    public Task<T> spawn(String name, Callable<? extends T> body) { throw new UnsupportedOperationException(); }
    public Task<T> take() throws InterruptedException { throw new UnsupportedOperationException(); }
    public @Nullable Task<T> poll() { throw new UnsupportedOperationException(); }
    public @Nullable Task<T> poll(Duration timeout) throws InterruptedException { throw new UnsupportedOperationException(); }
    public long pending() { throw new UnsupportedOperationException(); }
}
