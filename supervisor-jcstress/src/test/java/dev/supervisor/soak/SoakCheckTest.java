package dev.supervisor.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The soak can fail: wrong histories are found, by the clause that they break, and a right one is not. */
@Tag("soak")
class SoakCheckTest {

    private final List<String> found = new ArrayList<>();
    private final Findings findings = new Findings(found::add);
    private final Tally tally = Tally.ofEverything();
    private final Ledger ledger = new Ledger(findings, tally, "a wrong history");
    private final Entry entry = ledger.enter(true);

    private void assertFound(String clause) {
        assertTrue(found.stream().anyMatch(message -> message.contains(": " + clause + ": ")),
                () -> clause + " not in " + found);
    }

    /** A handle of a task that is done. */
    private static Task<?> done() {
        return Supervisor.builder().executor(Runnable::run).open().spawn(() -> null);
    }

    private void run(Entry.Fate fate) {
        entry.begin();
        entry.end(fate);
    }

    private static Supervisor finished() {
        Supervisor supervisor = Supervisor.open();
        supervisor.close();
        return supervisor;
    }

    @Test
    void rightHistoryIsNotFound() {
        entry.accepted(done());
        run(Entry.Fate.THREW);
        entry.calledBack(Task.Status.FAILED, new Fault.Boom(entry, null));
        entry.watched();
        entry.reported(new Fault.Boom(entry, null));
        ledger.auditAfterExit(finished(), "close");
        ledger.auditAtRest();
        ledger.auditFatal(null);
        assertEquals(List.of(), found);
        assertEquals(0, ledger.unsettled());
        assertFalse(findings.any());
    }

    @Test
    void bodyThatRunsTwice() {
        run(Entry.Fate.RETURNED);
        run(Entry.Fate.RETURNED);
        assertFound("E1");
    }

    @Test
    void bodyThatNeverRuns() {
        entry.acceptedWithoutHandle();
        ledger.auditAtRest();
        assertFound("E1");
    }

    @Test
    void bodyThatBeginsAfterTheEnd() {
        ledger.tell();
        entry.calledBack(Task.Status.CANCELLED, null);
        run(Entry.Fate.RETURNED);
        assertFound("E1");
    }

    @Test
    void taskCancelledByNobody() {
        entry.calledBack(Task.Status.CANCELLED, null);
        assertFound("E1");
    }

    @Test
    void refusedBodyThatRuns() {
        entry.refused(new Fault.Refusal(), true);
        run(Entry.Fate.RETURNED);
        assertFound("A3");
    }

    @Test
    void bodyThatRunsAndIsRefused() {
        entry.begin();
        entry.refused(new Fault.Refusal(), true);
        entry.end(Entry.Fate.RETURNED);
        assertFound("A3");
    }

    @Test
    void refusalWithoutReason() {
        Supervisor supervisor = finished();
        try {
            supervisor.spawn(() -> null);
        } catch (RuntimeException refusal) {
            entry.refused(refusal, true);
        }
        assertFound("A3");
    }

    @Test
    void refusalAfterTheStartMayBeReported() {
        Task<?> failed = Supervisor.builder().executor(Runnable::run).onFailure((task, failure) -> { }).open()
                .spawn(entry.name, () -> {
                    throw new IllegalStateException("not run by its decorator");
                });
        entry.refused(new Fault.AfterStart(), true);
        ledger.report(failed, failed.failure());
        assertEquals(List.of(), found);
    }

    @Test
    void refusalByStrangeThrowable() {
        entry.refused(new IllegalStateException(), true);
        assertFound("A6");
    }

    @Test
    void callbackThatIsMissing() {
        entry.accepted(done());
        run(Entry.Fate.RETURNED);
        entry.watched();
        ledger.auditAfterExit(finished(), "close");
        assertFound("E4");
        found.clear();
        ledger.auditAtRest();
        assertFound("E4");
    }

    @Test
    void furtherCallbackThatIsMissing() {
        ledger.forget(entry);
        ledger.callbackRegistered();
        ledger.auditAtRest();
        assertFound("E4");
    }

    @Test
    void callbackThatRunsTwice() {
        run(Entry.Fate.RETURNED);
        entry.calledBack(Task.Status.SUCCEEDED, null);
        entry.calledBack(Task.Status.SUCCEEDED, null);
        assertFound("E4");
    }

    @Test
    void callbackBeforeTheEnd() {
        entry.begin();
        entry.calledBack(Task.Status.SUCCEEDED, null);
        entry.end(Entry.Fate.RETURNED);
        assertFound("E4");
    }

    @Test
    void outcomeThatTheBodyHasNotEarned() {
        run(Entry.Fate.RETURNED);
        entry.calledBack(Task.Status.CANCELLED, null);
        assertFound("E3");
    }

    @Test
    void failureThatIsNotReported() {
        entry.accepted(done());
        run(Entry.Fate.THREW);
        entry.watched();
        entry.calledBack(Task.Status.FAILED, null);
        ledger.auditAtRest();
        assertFound("E5");
    }

    @Test
    void failureThatIsReportedTwice() {
        entry.reported(new Fault.Boom(entry, null));
        entry.reported(new Fault.Boom(entry, null));
        assertFound("E5");
    }

    @Test
    void failureThatNobodyHas() {
        ledger.report(done(), new IllegalStateException());
        assertFound("E5");
    }

    @Test
    void interruptThatWasMeantForAnother() {
        entry.accepted(done());
        Thread.currentThread().interrupt();
        entry.begin();
        assertTrue(Thread.interrupted());
        assertFound("C6");
        found.clear();
        entry.end(Entry.Fate.INTERRUPTED);
        assertFound("C6");
    }

    @Test
    void callbackThatSeesAnInterrupt() {
        entry.accepted(done());
        run(Entry.Fate.RETURNED);
        Thread.currentThread().interrupt();
        entry.calledBack(Task.Status.SUCCEEDED, null);
        assertTrue(Thread.interrupted());
        assertFound("C6");
    }

    @Test
    void interruptLeftOnPooledThread() throws InterruptedException {
        Pools pools = new Pools(findings, tally);
        pools.executor(Threads.FIXED, false, new SplittableRandom(1)).execute(() -> Thread.currentThread().interrupt());
        assertTrue(pools.close());
        assertFound("C6");
    }

    @Test
    void bodyThatRunsAfterTheExit() {
        entry.begin();
        ledger.auditAfterExit(finished(), "close");
        entry.end(Entry.Fate.RETURNED);
        assertFound("A5");
    }

    @Test
    void exitThatWaitsForNobody() {
        try (Supervisor supervisor = Supervisor.builder().executor(task -> { }).open()) {
            entry.accepted(supervisor.spawn(() -> null));
            ledger.auditAfterExit(supervisor, "close");
        }
        assertFound("A5");
        assertFound("C9");
    }

    @Test
    void fatalErrorThatIsLost() {
        ledger.fatal(new Fault.Fatal(entry));
        ledger.auditFatal(null);
        assertFound("C7");
    }

    @Test
    void fatalErrorThatNobodyHasThrown() {
        ledger.auditFatal(new Fault.Fatal(entry));
        assertFound("C7");
    }

    @Test
    void taskThatIsHandedOverTwice() {
        entry.handedOver(done());
        entry.handedOver(done());
        assertFound("E9");
    }

    @Test
    void whatIsHeldAfterTheEnd() {
        Collectables collectables = new Collectables(findings, tally, 0);
        Object held = new Object();
        sampled(collectables).sample("result", held);
        System.gc();
        collectables.check();
        assertFound("E6");
        Reference.reachabilityFence(held);
    }

    @Test
    void whatIsCollectedAfterTheEnd() {
        Collectables collectables = new Collectables(findings, tally);
        sampled(collectables).sample("result", new Object());
        while (collectables.size() > 0) {   // the test's time limit ends it
            System.gc();
            collectables.check();
        }
        assertEquals(List.of(), found);
    }

    private Entry sampled(Collectables collectables) {
        Entry sampled;
        do {
            sampled = ledger.enter(false);
            collectables.offer(sampled);
        } while (!sampled.isSampled());
        sampled.refused(new Fault.Refusal(), false);
        return sampled;
    }

    @Test
    void heapThatGrows() {
        Series series = new Series();
        for (int n = 0; n < 500; n++) {
            series.add(new Series.Sample(n, 10_000_000 + n * 40_000, 10, 1));
        }
        series.checkHeap(findings);
        assertFound("E7");
    }

    @Test
    void heapThatIsFlat() {
        Series series = new Series();
        for (int n = 0; n < 500; n++) {
            series.add(new Series.Sample(n, 10_000_000 + n % 7 * 100_000, 10, 1));
        }
        series.checkHeap(findings);
        assertEquals(List.of(), found);
    }

    /** Ten million seconds need no more room than ten minutes. */
    @Test
    void samplesAreThinned() {
        Series series = new Series();
        int seconds = 0;
        while (seconds < 10_000_000) {
            seconds += series.interval();
            series.add(new Series.Sample(seconds, 1, 1, seconds));
            assertTrue(series.samples().size() < 600);
        }
        Series.Sample last = series.samples().get(series.samples().size() - 1);
        assertEquals(seconds, last.seconds());
        assertEquals(1, series.medianHeap(0, 1));
    }

    @Test
    void throwableThatIsNotReported() throws InterruptedException {
        Soak soak = new Soak(0, 0, Path.of("target"), findings);
        Uncaught uncaught = new Uncaught(soak);
        soak.tally.add(Tally.Of.CALLBACKS_THAT_THREW);
        uncaught.check();
        assertFound("E4");
        uncaught.uncaughtException(Thread.currentThread(), new IllegalStateException("nobody's"));
        assertTrue(findings.toString().contains("nobody's"), findings::toString);
        assertTrue(soak.pools.close());
    }

    @Test
    void whatIsNeverDone() {
        tally.add(Exit.JOIN);
        assertTrue(tally.missing().contains(Exit.CLOSE));
        assertFalse(tally.missing().contains(Exit.JOIN));
    }
}
