package dev.supervisor.jfr;

import dev.supervisor.FailureHandler;
import dev.supervisor.Poll;
import dev.supervisor.Supervisor;
import java.util.concurrent.RejectedExecutionException;

/** A program with one supervisor, one task that takes long and fails, and one refusal. */
final class RecordedProgram {

    static final String END = "the program has ended";
    /** Longer than the threshold that holds if nobody says otherwise. */
    private static final long LONG_NANOS = 30_000_000;

    private RecordedProgram() { }

    public static void main(String[] args) throws InterruptedException {
        Supervisor supervisor = Supervisor.builder().name("program").unowned().onFailure(FailureHandler.ignore()).open();
        supervisor.spawn("slow", () -> {
            Poll.spend(LONG_NANOS);
            throw new IllegalStateException("on purpose");
        });
        supervisor.join();
        try {
            supervisor.spawn(() -> 1);
        } catch (RejectedExecutionException refused) {
            System.out.println(END);
        }
    }
}
