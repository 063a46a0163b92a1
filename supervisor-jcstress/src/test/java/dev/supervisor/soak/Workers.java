package dev.supervisor.soak;


import dev.supervisor.Action;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Strangers who act on one supervisor. */
final class Workers {

    private final Soak soak;
    private final Queue<CompletableFuture<?>> jobs = new ConcurrentLinkedQueue<>();

    Workers(Soak soak) {
        this.soak = soak;
    }

    CompletableFuture<?> send(Action job) {
        CompletableFuture<?> sent = CompletableFuture.runAsync(() -> perform(job), soak.pools.strangers());
        jobs.add(sent);
        return sent;
    }

    private void perform(Action job) {
        try {
            job.run();
        } catch (Throwable thrown) {
            soak.unexpected("a stranger", thrown);
        }
        if (Thread.interrupted()) {
            soak.findings.add("C6", "a stranger is interrupted");
        }
    }

    /** Waits for all of them, whatever interrupts come. */
    void await() {
        jobs.forEach(CompletableFuture::join);
    }
}
