package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Subtask;

/** The pairs of {@code docs/migrating.md} for JDK 25 with previews. */
final class MigratingScopeExamples {

    private MigratingScopeExamples() { }

    /** In a scope: the first failure cancels the other subtask, and join throws it. */
    static String pageInScope(Callable<String> user, Callable<String> orders) throws InterruptedException {
        try (var scope = StructuredTaskScope.open()) {
            Subtask<String> name = scope.fork(user);
            Subtask<String> list = scope.fork(orders);
            scope.join();
            return name.get() + ": " + list.get();
        }
    }

    /** Under a supervisor: a failure leaves the other task alone, and is thrown where its result is asked for. */
    static String pageUnderSupervisor(Callable<String> user, Callable<String> orders)
            throws InterruptedException, ExecutionException {
        try (Supervisor supervisor = Supervisor.open()) {
            Task<String> name = supervisor.spawn(user);
            Task<String> list = supervisor.spawn(orders);
            supervisor.join();
            return name.get() + ": " + list.get();
        }
    }
}
