package dev.supervisor.soak;

import dev.supervisor.Self;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The body of one task of a server, or its start. */
final class ServerCode {

    private static final long PATIENCE_SECONDS = 30;
    private static final Duration LONG = Duration.ofMinutes(1);

    private final ServerUnderTest server;
    private final ServerTask task;
    private final SplittableRandom random;
    private final int depth;
    /** Released by the task's drain hook. */
    private final CountDownLatch drained = new CountDownLatch(1);
    private final CompletableFuture<Object> source = new CompletableFuture<>();

    ServerCode(ServerUnderTest server, ServerTask task, int depth, SplittableRandom random) {
        this.server = server;
        this.task = task;
        this.depth = depth;
        this.random = random;
    }

    /** Of the task's drain hook. */
    void onDrain() {
        drained.countDown();
    }

    // ---- bodies

    Object body(Self self) throws Exception {
        task.begin();
        Entry.Fate fate = Entry.Fate.THREW;
        Throwable thrown = null;
        try {
            perform(self);
            fate = Entry.Fate.RETURNED;
            return task;
        } catch (InterruptedException e) {
            fate = Entry.Fate.INTERRUPTED;
            thrown = e;
            throw e;
        } catch (Throwable e) {
            thrown = e;
            throw e;
        } finally {
            task.end(fate, thrown);
        }
    }

    Callable<Object> asCallable() {
        return () -> body(null);
    }

    /** For {@code execute}. */
    Runnable asRunnable() {
        return () -> {
            try {
                body(null);
            } catch (Exception thrown) {
                throw Fault.<RuntimeException>any(thrown);
            }
        };
    }

    private void perform(Self self) throws Exception {
        switch (task.kind) {
            case QUICK, SUBMIT, EXECUTE -> { }
            case SLEEP, INVOKE -> new CountDownLatch(1).await(random.nextInt(1000), TimeUnit.MICROSECONDS);
            case FAIL, SUBMIT_FAIL -> throw new Fault.OfServer(task);
            case SPAWN -> {
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    server.spawn(random, ServerKind.QUICK, 0, true);
                }
            }
            case SHIELD, SHIELD_BRIEFLY -> shield(self);
            case OVERRUN, WAIT_UNTIL_TOLD -> waitFor(new CountDownLatch(1));
            case RETURN_LATE -> {
                try {
                    waitFor(new CountDownLatch(1));
                } catch (InterruptedException e) {
                    server.soak.tally.add(Tally.Of.INTERRUPTED);   // and it returns as if there had been none
                }
            }
            case LISTEN -> waitFor(drained);
            case CHILD -> new ChildRound(server, true, random).live(depth - 1);
            default -> throw new IllegalArgumentException(task.kind.name());
        }
    }

    private void waitFor(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            task.find(task.kind == ServerKind.LISTEN ? "S3" : task.limited ? "S5" : "C1",
                    "was not told within " + PATIENCE_SECONDS + " s");
        }
    }

    /** Requests to this task are deferred as long as the shield lasts; then they are felt. */
    private void shield(Self self) throws InterruptedException {
        boolean brief = task.kind == ServerKind.SHIELD_BRIEFLY;
        boolean inline = task.isInline();
        boolean felt = self.shield(brief ? Duration.ofNanos(1 + random.nextInt(400_000)) : LONG,
                () -> self.shield(LONG, () -> {
                    LockSupport.parkNanos(random.nextInt(300_000));
                    return Thread.currentThread().isInterrupted();
                }));
        if (felt && !brief && !inline) {
            task.find("S11", "has felt an interrupt in its shield");
        }
        if (server.tells && server.mayBlock() && random.nextInt(4) == 0) {
            waitFor(new CountDownLatch(1));
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    // ---- starts

    CompletionStage<Object> start() {
        task.begin();
        switch (task.kind) {
            case STAGE_THROWS -> {
                Fault.OfServer thrown = new Fault.OfServer(task);
                task.end(Entry.Fate.THREW, thrown);
                throw thrown;
            }
            case STAGE_NONE -> {
                task.end(Entry.Fate.THREW, null);
                return null;
            }
            default -> task.stage(source);
        }
        switch (task.kind) {
            case STAGE_COMPLETED -> source.complete(task);
            case STAGE_NEVER -> { }
            default -> server.workers.send(() -> {
                LockSupport.parkNanos(random.nextInt(1_000_000));
                complete();
            });
        }
        return task.kind == ServerKind.STAGE_MINIMAL ? source.minimalCompletionStage() : source;
    }

    private void complete() {
        switch (task.kind) {
            case STAGE_FAILED -> source.completeExceptionally(new Fault.OfServer(task));
            case STAGE_CANCELLED -> source.cancel(true);
            default -> source.complete(task);
        }
    }
}
