package dev.supervisor.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The ledger can fail: it finds a cancellation that is lost and an interrupt that nobody has sent, and no other. */
@Tag("soak")
class CancellationLedgerTest {

    private final List<String> found = new ArrayList<>();
    private final CancellationLedger ledger =
            new CancellationLedger(new Findings(found::add), TimeUnit.MILLISECONDS.toNanos(20), true);
    private final NestedScope outer = new NestedScope(0, NestingThreads.POOL, false, null);
    private final Cancellation task = new Cancellation(1, outer, true);
    private Frames.Frame body;

    @BeforeEach
    void begin() {
        body = task.begin(ledger.tick());
    }

    @AfterEach
    void leaveNothing() {
        Frames.leave(body);
        assertTrue(Frames.isEmpty());
    }

    private void sendTo(Cancellation cancelled) {
        cancelled.ask(ledger.tick());
        cancelled.answered(true);
    }

    private void lastCheckpoint() {
        ledger.lastCheckpoint(task, () -> { });
        task.end(ledger.tick());
    }

    private void assertFound(String text) {
        assertTrue(found.stream().anyMatch(message -> message.contains(text)), () -> text + " not in " + found);
    }

    /** A block of this task, whose supervisor somebody shuts down. */
    private NestedScope shutDownBlock(Supervisor supervisor) {
        NestedScope block = new NestedScope(1, NestingThreads.POOL, true, task);
        block.opened(supervisor);
        task.blockOpened(block);
        return block;
    }

    @Test
    void cancellationThatIsSentAndNeverFeltIsLost() {
        sendTo(task);
        lastCheckpoint();
        assertFound(": C6: LOST");
        assertEquals(Fate.LOST, task.fate());
    }

    @Test
    void cancellationThatIsFeltIsNotLost() {
        sendTo(task);
        Frames.felt(ledger, "a test");
        lastCheckpoint();
        ledger.endedAlone(task);
        assertEquals(Fate.FELT, task.fate());
        assertEquals(List.of(), found);
    }

    @Test
    void cancellationThatIsFeltAtTheLastCheckpointIsNotLost() {
        sendTo(task);
        ledger.lastCheckpoint(task, () -> Frames.felt(ledger, "a test"));
        assertEquals(Fate.FELT, task.fate());
        assertEquals(List.of(), found);
    }

    @Test
    void whatAnInnerTaskHasFeltTheOuterOneHasNot() {
        Cancellation inner = new Cancellation(2, outer, false);
        Frames.Frame frame = inner.begin(ledger.tick());
        sendTo(task);
        Frames.felt(ledger, "a test");
        Frames.leave(frame);
        lastCheckpoint();
        assertFound(": C6: LOST");
    }

    @Test
    void whatACallbackHasFeltTheTaskAroundHasNot() {
        Frames.Frame frame = Frames.enterCallback(ledger.tick());
        sendTo(task);
        Frames.felt(ledger, "a test");
        Frames.leave(frame);
        lastCheckpoint();
        assertFound(": C6: LOST");
    }

    @Test
    void whatTheBlockFeltBeforeTheTaskWasCancelledIsNotTheTasks() {
        NestedScope block = shutDownBlock(null);
        Frames.Frame frame = Frames.enterBlock(block, ledger.tick());
        block.mayTellOwner(ledger.tick());
        Frames.felt(ledger, "a test");
        sendTo(task);
        Frames.leave(frame);
        task.blockLeft(block);
        lastCheckpoint();
        assertFound(": C6: LOST");
    }

    @Test
    void whatTheBlockFeltMayHaveBeenItsOwn() throws InterruptedException {
        Supervisor[] opened = new Supervisor[1];
        Thread owner = new Thread(() -> opened[0] = Supervisor.open());
        owner.start();
        owner.join();
        NestedScope block = shutDownBlock(opened[0]);
        Frames.Frame frame = Frames.enterBlock(block, ledger.tick());
        block.shutdown(ledger.tick());
        sendTo(task);
        Frames.felt(ledger, "a test");
        assertTrue(task.hasFelt());
        block.exitBegins();
        Frames.leave(frame);
        task.blockLeft(block);
        assertFalse(task.hasFelt());
        lastCheckpoint();
        assertFound(": C6: LOST");
    }

    @Test
    void whatLeavesTheBlockOfRunHasToArrive() {
        sendTo(task);
        Frames.felt(ledger, "a test");
        task.handOn();
        lastCheckpoint();
        assertFound(": C6: LOST");
    }

    @Test
    void ownerWhoIsNotInterruptedByAShutdown() throws InterruptedException {
        Supervisor[] opened = new Supervisor[1];
        Thread owner = new Thread(() -> opened[0] = Supervisor.open());
        owner.start();
        owner.join();
        NestedScope block = shutDownBlock(opened[0]);
        block.shutdown(ledger.tick());
        ledger.lastCheckpoint(block, () -> { });
        assertFound(": C3: LOST");
    }

    @Test
    void interruptThatNobodyHasSent() {
        Frames.felt(ledger, "a test");
        assertFound(": C6: an interrupt that was meant for nobody");
    }

    @Test
    void interruptThatComesTwice() {
        sendTo(task);
        Frames.felt(ledger, "a test");
        Frames.felt(ledger, "a test");
        ledger.endedAlone(task);
        assertFound(": C6: told again");
    }

    @Test
    void whatWasPendingWhenAnInlineTaskBeganThatMaySwallow() {
        sendTo(task);
        Cancellation inline = new Cancellation(2, outer, false);
        inline.spawning(Thread.currentThread(), null);
        Frames.Frame frame = inline.begin(ledger.tick());
        Frames.felt(ledger, "a test");
        Frames.leave(frame);
        lastCheckpoint();
        assertEquals(Fate.TAKEN_INLINE, task.fate());
        assertEquals(List.of(), found);
    }

    @Test
    void taskThatEndsBeforeItIsTold() {
        lastCheckpoint();
        task.ask(ledger.tick());
        task.answered(false);
        assertEquals(Fate.ENDED, task.fate());
        assertEquals(List.of(), found);
    }

    @Test
    void taskThatNobodyCancels() {
        lastCheckpoint();
        outer.mayTell(ledger.tick());
        assertNull(task.fate());
        assertEquals(Fate.DROPPED, new Cancellation(2, outer, false).fate());
    }

    @Test
    void booksThatDoNotBalance() {
        try (Supervisor supervisor = Supervisor.open()) {
            outer.opened(supervisor);
            Task<?> spawned = supervisor.spawn(() -> null);
            outer.spawned.increment();
            ledger.audit(outer);
            spawned.cancel();
        }
        assertFound(": C9: ");
    }
}
