package dev.supervisor.soak;

import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Supervisor;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One server, with its owner and up to three strangers at once, and one of the ends (S1 to S12). */
final class ServerRound {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int CHILD_DEPTH = 2;
    private static final long PATIENCE_SECONDS = 30;

    private final Soak soak;
    private final SplittableRandom random;
    private final ServerEnd end;
    private final ServerUnderTest server;
    private final ServerLedger ledger;
    private final Workers workers;
    private final Thread me = Thread.currentThread();
    private volatile Supervisor supervisor;
    private List<Runnable> unrun = List.of();
    /** Whoever interrupts the owner from outside; null if nobody does. */
    private CompletableFuture<?> interrupter;
    private boolean interrupted;

    ServerRound(Soak soak, SplittableRandom random) {
        this.soak = soak;
        this.random = random;
        this.end = ServerEnd.values()[random.nextInt(ServerEnd.values().length)];
        this.workers = new Workers(soak);
        this.server = new ServerUnderTest(soak, workers, end, null, false, pickThreads(), random);
        this.ledger = server.ledger;
        soak.tally.add(end);
    }

    private Threads pickThreads() {
        Threads threads;
        do {
            threads = Threads.values()[random.nextInt(Threads.values().length)];
        } while (threads == Threads.CHAOTIC);   // which runs a task twice, or throws when it has begun
        return threads;
    }

    /** All of it; when it returns, everything is accounted for. */
    void live() throws InterruptedException {
        open();
        int steps = 1 + random.nextInt(30);
        for (int actors = 1 + random.nextInt(3); actors > 0; actors--) {
            SplittableRandom own = random.split();
            workers.send(() -> steps(own, steps, false));
        }
        try {
            steps(random, steps, true);
        } catch (InterruptedException e) {
            ownerInterrupted();
        }
        try {
            leave();
        } catch (InterruptedException e) {
            ownerInterrupted();
        } finally {
            close();
        }
        workers.await();
        server.returnedUnrun(unrun);
        server.auditAtRest();
        soak.tally.add(Tally.Of.ROUNDS);
    }

    private void open() {
        Supervisor.Builder builder = server.builder(random);
        if (end == ServerEnd.DEADLINE) {
            ledger.tell();
            builder.deadline(Duration.ofNanos(1 + random.nextLong(20_000_000)));
        } else if (random.nextInt(4) == 0) {
            builder.deadline(HOUR);
        }
        boolean inBlock = end == ServerEnd.SHUT_DOWN || end == ServerEnd.DEADLINE || end == ServerEnd.DRAIN_BY_STRANGER;
        supervisor = inBlock || random.nextInt(4) > 0 ? builder.open() : builder.unowned().open();
        server.opened(supervisor);
    }

    private void steps(SplittableRandom dice, int steps, boolean isOwner) throws InterruptedException {
        for (int step = 0; step < steps; step++) {
            server.act(dice, CHILD_DEPTH, isOwner);
        }
    }

    /** In its block the owner is interrupted only by a shutdown, a drain and the deadline. */
    private void ownerInterrupted() {
        soak.tally.add(Tally.Of.OWNERS_INTERRUPTED);
        interrupted = true;
        if (!ledger.isTold() && !ledger.isDraining()) {
            soak.findings.add("C6", "the owner of " + ledger + " is interrupted, and nobody has asked for that");
        }
    }

    // ---- the ends

    private void leave() throws InterruptedException {
        if (end.tells && end != ServerEnd.CLOSE) {
            ledger.tell();
        }
        switch (end) {
            case JOIN -> join();
            case CLOSE -> { }
            case ABORT -> {
                workers.send(supervisor::abort);
                join();
            }
            case SHUT_DOWN -> {
                workers.send(() -> {
                    supervisor.shutdown();
                    server.auditAfterExit("shutdown");
                });
                accept("C3");
            }
            case DEADLINE -> accept("S5");
            case DRAIN -> drain(LONG);
            case DRAIN_BY_STRANGER -> {
                workers.send(() -> drain(LONG));
                accept("S1");
            }
            case DRAIN_OF_JOINER -> {
                workers.send(() -> drain(LONG));
                join();
            }
            case DRAIN_BRIEFLY -> drain(briefly());
            case TWO_DRAINS -> {
                workers.send(() -> drain(LONG));
                Duration brief = briefly();
                workers.send(() -> drain(brief));
                drain(LONG);
            }
            case DRAIN_INTERRUPTED -> {
                interrupter = workers.send(me::interrupt);
                drain(LONG);
            }
            case VIEW_CLOSE -> closeView();
            case VIEW_SHUTDOWN -> shutDownView();
            case VIEW_SHUTDOWN_NOW -> {
                unrun = supervisor.asExecutorService().shutdownNow();
                join();
            }
        }
    }

    private Duration briefly() {
        return Duration.ofNanos(random.nextInt(4) == 0 ? 0 : random.nextInt(2_000_000));
    }

    private void join() throws InterruptedException {
        ledger.exit();
        supervisor.join();
        server.auditAfterExit("join");
    }

    /** As a server waits for connections, until somebody interrupts that. */
    private void accept(String clause) throws InterruptedException {
        if (!interrupted && !new CountDownLatch(1).await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            soak.findings.add(clause,
                    "the owner of " + ledger + " was not interrupted within " + PATIENCE_SECONDS + " s");
        }
    }

    private void drain(Duration grace) {
        ledger.drain();
        boolean drained = supervisor.drain(grace);
        server.auditAfterExit("drain");
        if (drained) {
            soak.tally.add(Tally.Of.DRAINED);
        } else if (!ledger.isTold()) {
            soak.findings.add("S1", "a drain of " + ledger + " was not finished within " + grace);
        }
    }

    /** Where an ExecutorService can be closed: from JDK 19 on. */
    private void closeView() throws InterruptedException {
        ledger.seal();
        if (supervisor.asExecutorService() instanceof AutoCloseable view) {
            try {
                view.close();
            } catch (Exception e) {
                soak.unexpected("the close of a view", e);
            }
            server.auditAfterExit("the close of its view");
            join();
        } else {
            shutDownView();
        }
    }

    private void shutDownView() throws InterruptedException {
        ledger.seal();
        supervisor.asExecutorService().shutdown();
        if (!supervisor.asExecutorService().awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS)) {
            soak.findings.add("S10", "the view of " + ledger + " is not terminated within " + LONG);
        }
        join();
    }

    /** What has not ended, for a report. */
    @Override
    public String toString() {
        return supervisor == null ? "not open" : server.unsettled();
    }

    private void close() {
        ledger.exit();
        ledger.tell();
        boolean late = false;
        try {
            supervisor.close();
        } catch (DeadlineExceededException e) {
            late = true;
            soak.tally.add(Tally.Of.DEADLINES_EXCEEDED);
        }
        if (late != supervisor.isDeadlineExceeded()) {
            soak.findings.add("S5", "the close of " + ledger + " has " + (late ? "" : "not ")
                    + "thrown a DeadlineExceededException; passed: " + supervisor.isDeadlineExceeded());
        }
        server.auditAfterExit("close");
        if (interrupter != null) {
            interrupter.join();
            Thread.interrupted();   // it may have come late
        } else if (Thread.interrupted()) {
            soak.findings.add("C6", "the owner is interrupted after the exit of " + ledger);
        }
    }
}
