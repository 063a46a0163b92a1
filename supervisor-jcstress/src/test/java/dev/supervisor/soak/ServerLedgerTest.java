package dev.supervisor.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The soak of servers can fail: wrong histories are found, by the clause that they break, and a right one is not. */
@Tag("soak")
class ServerLedgerTest {

    private final List<String> found = new ArrayList<>();
    private final Findings findings = new Findings(found::add);
    private final ServerLedger ledger = ledger(0);
    private final ServerTask task = ledger.enter(ServerKind.QUICK, false);

    private ServerLedger ledger(int most) {
        return new ServerLedger(findings, Tally.ofEverything(), null, false, most, "a wrong history");
    }

    private void assertFound(String clause) {
        assertTrue(found.stream().anyMatch(message -> message.contains(": " + clause + ": ")),
                () -> clause + " not in " + found);
    }

    /** A handle of a task that is done. */
    private static Task<?> done(TaskSpec spec) {
        return spec.spawn(() -> null);
    }

    private static Supervisor open() {
        return Supervisor.builder().unowned().executor(Runnable::run).open();
    }

    private static void run(ServerTask task, Entry.Fate fate) {
        task.begin();
        task.end(fate, null);
    }

    private static RejectedExecutionException refusal(String reason) {
        return new RejectedExecutionException("Supervisor s " + reason + " and takes no new task; …");
    }

    @Test
    void rightHistoryIsNotFound() {
        RecordedHook hook = task.hook(false, () -> { });
        run(task, Entry.Fate.RETURNED);
        Task<?> handle = done(open().spec(task.name).onDone(task::ended).onCancel(hook));
        task.accepted(handle, false);
        ledger.auditAtRest(0);
        assertEquals(List.of(), found);
    }

    @Test
    void bodyThatRunsTwice() {
        run(task, Entry.Fate.RETURNED);
        run(task, Entry.Fate.RETURNED);
        assertFound("E1");
    }

    @Test
    void refusedBodyThatRuns() {
        ledger.tell();
        task.refused(refusal("is shutting down"), false, false);
        run(task, Entry.Fate.RETURNED);
        assertFound("A3");
    }

    @Test
    void refusalWithoutReason() {
        task.refused(refusal("is draining"), false, false);
        assertFound("A3");
        ledger.drain();
        found.clear();
        task.refused(refusal("is draining"), false, false);
        assertEquals(List.of(), found);
        task.refused(refusal("is draining"), true, false);
        assertFound("A3");
    }

    @Test
    void refusalBecauseTheParentDrains() {
        ledger.drain();
        for (boolean inTask : new boolean[] {false, true}) {
            found.clear();
            new ServerLedger(findings, Tally.ofEverything(), ledger, inTask, 0, "a child")
                    .enter(ServerKind.QUICK, false).refused(refusal("is draining"), false, false);
            assertEquals(inTask, !found.isEmpty());
        }
    }

    @Test
    void fullWithoutALimit() {
        task.refused(refusal("is full"), false, false);
        assertFound("S9");
        found.clear();
        task.notTaken();
        assertFound("S9");
        found.clear();
        ledger(3).enter(ServerKind.QUICK, false).refused(refusal("is full"), false, true);
        assertFound("S9");
    }

    @Test
    void moreTasksThanThereMayBe() {
        ServerLedger one = ledger(1);
        one.enter(ServerKind.QUICK, false).begin();
        assertEquals(List.of(), found);
        one.enter(ServerKind.QUICK, false).begin();
        assertFound("S9");
    }

    @Test
    void permitThatIsMissing() {
        ServerLedger limited = ledger(2);
        Supervisor supervisor = Supervisor.builder().unowned().maxTasks(3).open();
        supervisor.close();
        limited.auditPermits(supervisor);
        assertFound("S9");
    }

    @Test
    void acceptedByADrain() {
        task.accepted(done(open().spec("any")), true);
        assertFound("S1");
    }

    @Test
    void timeoutOfATaskWithoutLimit() {
        run(task, Entry.Fate.INTERRUPTED);
        task.ended(Task.Status.FAILED, new TimeoutException(), true);
        assertFound("S5");
        assertFound("S3");
    }

    @Test
    void limitThatIsNotTheReason() {
        ServerTask limited = ledger.enter(ServerKind.OVERRUN, true);
        limited.accepted(done(open().spec("any")), false);   // so it is not inline
        run(limited, Entry.Fate.INTERRUPTED);
        limited.ended(Task.Status.FAILED, new TimeoutException(), true);
        assertEquals(List.of(), found);
        limited.ended(Task.Status.CANCELLED, null, true);
        assertFound("E3");
    }

    @Test
    void cancelledByNobody() {
        task.ended(Task.Status.CANCELLED, null, false);
        assertFound("E3");
    }

    @Test
    void bodyAndCallbackOutsideOfTheDecorator() {
        Runnable decorated = task.decorate(() -> {
            run(task, Entry.Fate.RETURNED);
            task.ended(done(open().spec("any")));
        });
        decorated.run();
        assertEquals(List.of(), found);
        ServerTask outside = ledger.enter(ServerKind.QUICK, false);
        outside.decorate(() -> { });
        run(outside, Entry.Fate.RETURNED);
        assertFound("E10");
        found.clear();
        outside.ended(done(open().spec("any")));
        assertFound("E10");
    }

    @Test
    void decoratorThatIsAskedTwice() {
        task.decorate(() -> { });
        task.decorate(() -> { });
        assertFound("E10");
    }

    @Test
    void endBeforeTheStage() {
        ServerTask async = ledger.enter(ServerKind.STAGE_LATER, false);
        async.begin();
        async.stage(new CompletableFuture<>());
        ledger.tell();
        async.ended(Task.Status.CANCELLED, null, true);
        assertFound("S7");
    }

    @Test
    void callbackThatIsMissing() {
        task.accepted(done(open().spec(task.name)), false);
        ledger.auditAtRest(0);
        assertFound("E4");
    }

    @Test
    void callbackThatRunsTwice() {
        Task<?> handle = done(open().spec("any"));
        run(task, Entry.Fate.RETURNED);
        task.ended(handle);
        task.ended(handle);
        assertFound("E4");
    }

    @Test
    void hookThatRunsTwice() throws Exception {
        ledger.tell();
        RecordedHook hook = task.hook(false, () -> { });
        hook.run();
        hook.run();
        assertFound("S3");
    }

    @Test
    void hookThatNobodyHasAskedFor() throws Exception {
        task.hook(false, () -> { }).run();
        assertFound("S3");
        found.clear();
        task.hook(true, () -> { }).run();
        assertFound("S3");
    }

    @Test
    void hookThatIsMissing() {
        ledger.tell();
        Task<?> handle = Supervisor.builder().unowned().executor(body -> { }).open()
                .spec(task.name).onDone(task::ended).spawn(() -> null);
        handle.cancel();
        task.hook(false, () -> { });
        task.accepted(handle, false);
        ledger.auditAtRest(0);
        assertFound("S3");
    }

    @Test
    void hookOfARefusedTask() throws Exception {
        ledger.tell();
        task.refused(refusal("is shutting down"), false, false);
        task.hook(false, () -> { }).run();
        ledger.auditAtRest(0);
        assertFound("A3");
    }

    @Test
    void completionThatIsMissingOrComesTwice() {
        Runnable first = ledger.asked();
        Runnable second = ledger.asked();
        first.run();
        ledger.auditAtRest(0);
        assertFound("S8");
        found.clear();
        second.run();
        ledger.auditAtRest(0);
        assertTrue(found.stream().noneMatch(finding -> finding.contains("S8")), found::toString);
        found.clear();
        second.run();
        assertFound("S8");
    }

    @Test
    void taskThatLivesAfterTheExit() {
        try (Supervisor supervisor = Supervisor.builder().executor(body -> { }).open()) {
            task.accepted(supervisor.spec("any").timeout(Duration.ofHours(1)).spawn(() -> null), false);
            ledger.auditAfterExit(supervisor, "close");
        }
        assertFound("A5");
        assertFound("C9");
    }

    @Test
    void failureThatIsReportedTwiceOrOfAView() {
        task.reported(new IllegalStateException());
        task.reported(new IllegalStateException());
        assertFound("E5");
        ServerTask ofView = ledger.enter(ServerKind.SUBMIT_FAIL, false);
        ofView.reported(new IllegalStateException());
        assertFound("S10");
    }

    @Test
    void whatShutdownNowReturns() {
        ServerTask ofView = ledger.enter(ServerKind.SUBMIT, false);
        FutureTask<Object> future = new FutureTask<>(() -> null);
        ledger.tell();
        ofView.acceptedByView(future, false);
        ofView.auditAtRest();
        assertFound("S10");   // it is not done, and was not returned
        found.clear();
        ofView.returnedUnrun();
        ofView.auditAtRest();
        assertEquals(List.of(), found);
        run(ofView, Entry.Fate.RETURNED);
        assertFound("S10");
    }
}
