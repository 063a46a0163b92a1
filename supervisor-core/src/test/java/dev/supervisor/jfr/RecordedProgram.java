package dev.supervisor.jfr;

import dev.supervisor.FailureHandler;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** A program with one supervisor, one task that takes long and fails, and one refusal. */
final class RecordedProgram {

    static final String END = "the program has ended";
    /** Longer than the threshold that holds if nobody says otherwise. */
    private static final long LONG_NANOS = 30_000_000;

    private RecordedProgram() { }

    public static void main(String[] args) throws InterruptedException {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Supervisor supervisor = Supervisor.builder().name("program").unowned().executor(thread)
                .onFailure(FailureHandler.ignore()).open();
        supervisor.spawn("slow", () -> {
            Poll.spend(LONG_NANOS);
            throw new IllegalStateException("on purpose");
        });
        supervisor.join();
        thread.shutdown();   // before the JVM may exit, the finish is recorded
        if (!thread.awaitTermination(Poll.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the task's thread is still running");
        }
        try {
            supervisor.spawn(() -> 1);
        } catch (RejectedExecutionException refused) {
            System.out.println(END);
        }
    }
}
