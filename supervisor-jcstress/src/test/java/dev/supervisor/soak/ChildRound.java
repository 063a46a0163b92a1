package dev.supervisor.soak;

import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Supervisor;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;

/** One child of a server: the current thread opens it, acts on it and leaves it by one of the ends (S12). */
final class ChildRound {

    private static final ServerEnd[] ENDS =
            {ServerEnd.JOIN, ServerEnd.CLOSE, ServerEnd.DRAIN, ServerEnd.SHUT_DOWN, ServerEnd.DEADLINE};
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final long PATIENCE_SECONDS = 30;

    private final Soak soak;
    private final SplittableRandom random;
    private final ServerUnderTest parent;
    private final ServerUnderTest child;
    private final ServerEnd end;
    private final boolean owned;
    /** Whether this is in the body of a task of the parent. */
    private final boolean inTask;
    private Supervisor supervisor;

    ChildRound(ServerUnderTest parent, boolean inTask, SplittableRandom random) {
        this.soak = parent.soak;
        this.random = random;
        this.parent = parent;
        this.end = ENDS[random.nextInt(ENDS.length)];
        this.owned = random.nextInt(3) > 0;
        this.inTask = inTask;
        this.child = new ServerUnderTest(soak, parent.workers, end, parent, inTask && owned,
                random.nextBoolean() ? Threads.DEFAULT : Threads.CALLER, random);
    }

    /** All of it but what is looked at when everybody has gone. */
    void live(int depth) throws InterruptedException {
        if (!open()) {
            return;
        }
        InterruptedException interrupt = null;
        try {
            for (int steps = random.nextInt(8); steps > 0; steps--) {
                child.act(random, depth, true);
            }
            leave();
        } catch (InterruptedException e) {
            interrupt = e;
        } finally {
            close();
        }
        if (interrupt != null) {
            wasInterrupted(interrupt);
        }
    }

    private boolean open() {
        Supervisor.Builder builder = child.builder(random).parent(parent.supervisor());
        if (end == ServerEnd.DEADLINE) {
            child.ledger.tell();
            builder.deadline(Duration.ofNanos(1 + random.nextLong(4_000_000)));
        }
        try {
            supervisor = owned ? builder.open() : builder.unowned().open();
        } catch (RejectedExecutionException refused) {
            soak.tally.add(Tally.Of.CHILDREN_REFUSED);
            boolean interrupted = refused.getCause() instanceof InterruptedException;
            boolean full = refused.getMessage().contains("is full");
            if (!interrupted && (full ? parent.ledger.most == 0 : parent.ledger.isAdmissible(inTask))) {
                soak.findings.add("S12", "a child of " + parent.ledger + " is refused: " + refused.getMessage());
            }
            return false;
        }
        parent.opened(child, supervisor);
        soak.tally.add(owned ? Tally.Of.CHILDREN : Tally.Of.CHILDREN_UNOWNED);
        return true;
    }

    private void leave() throws InterruptedException {
        switch (end) {
            case JOIN -> {
                child.ledger.exit();
                supervisor.join();
                child.auditAfterExit("join");
            }
            case DRAIN -> drain();
            case SHUT_DOWN -> {
                child.ledger.tell();
                supervisor.shutdown();
                child.auditAfterExit("shutdown");
            }
            case DEADLINE -> awaitDeadline();
            default -> { }
        }
    }

    private void drain() {
        child.ledger.drain();
        if (inTask) {
            child.ledger.tell();   // a cancel of the task around interrupts the drain, which shuts down then
        }
        boolean drained = supervisor.drain(LONG);
        child.auditAfterExit("drain");
        if (drained) {
            soak.tally.add(Tally.Of.CHILDREN_DRAINED);
        } else if (!child.ledger.isTold()) {
            soak.findings.add("S1", "a drain of " + child.ledger + " was not finished within " + LONG);
        }
    }

    /** The deadline, or before it what ends the parent, which may interrupt nobody; an owner may be interrupted. */
    private void awaitDeadline() throws InterruptedException {
        if (!supervisor.awaitFinished(Duration.ofSeconds(PATIENCE_SECONDS))) {
            soak.findings.add("S5", "the deadline of " + child.ledger + " has not come in " + PATIENCE_SECONDS + " s");
        }
    }

    private void close() {
        child.ledger.exit();
        child.ledger.tell();
        boolean late = false;
        try {
            supervisor.close();
        } catch (DeadlineExceededException e) {
            late = true;
            soak.tally.add(Tally.Of.CHILDREN_LATE);
        }
        if (late != supervisor.isDeadlineExceeded()) {
            soak.findings.add("S5", "the close of " + child.ledger + " has " + (late ? "" : "not ")
                    + "thrown a DeadlineExceededException; passed: " + supervisor.isDeadlineExceeded());
        }
        child.auditAfterExit("close");
    }

    /** The owner by its deadline; by what has ended the parent; or the task that this is in. */
    private void wasInterrupted(InterruptedException interrupt) throws InterruptedException {
        if (owned && supervisor.isDeadlineExceeded()) {
            return;   // if the task around was interrupted, too, the close has set the status again
        }
        if (inTask) {
            throw interrupt;
        }
        if (!owned || !parent.ledger.isTold() && !parent.ledger.isDraining()) {
            soak.unexpected("the thread that has opened " + child.ledger + ", which nobody has interrupted,", interrupt);
        }
    }
}
