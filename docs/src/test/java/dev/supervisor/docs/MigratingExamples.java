package dev.supervisor.docs;

import dev.supervisor.Supervisor;
import dev.supervisor.Tasks;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What one had, and what one writes: {@code docs/migrating.md} shows each pair side by side. */
final class MigratingExamples {

    static final Duration GRACE = Duration.ofSeconds(20);

    private MigratingExamples() { }

    /** Sends mails, on an executor: a mail that fails is in a future that nobody asks. */
    static final class ExecutorMails {

        private final ExecutorService executor = Executors.newCachedThreadPool();

        void send(Callable<?> mail) {
            executor.submit(mail);
        }

        void stop() throws InterruptedException {
            executor.shutdown();
            if (!executor.awaitTermination(GRACE.toSeconds(), TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        }
    }

    /** Sends mails, under a supervisor: a mail that fails is in the log. */
    static final class SupervisedMails {

        private final Supervisor supervisor = Supervisor.builder().name("mails").unowned().open();

        void send(Callable<?> mail) {
            supervisor.spawn(mail);
        }

        void stop() {
            supervisor.drain(GRACE);
        }
    }

    /** Asks two services by futures. If the second fails, the first is waited for. */
    static String pageOfFutures(Supplier<String> user, Supplier<String> orders) {
        CompletableFuture<String> first = CompletableFuture.supplyAsync(user);
        CompletableFuture<String> second = CompletableFuture.supplyAsync(orders);
        return first.thenCombine(second, (name, list) -> name + ": " + list).join();
    }

    /** Asks two services by tasks. If one fails, the other is cancelled. */
    static String pageOfTasks(Callable<String> user, Callable<String> orders)
            throws ExecutionException, InterruptedException {
        List<String> parts = Tasks.all(List.of(user, orders));
        return parts.get(0) + ": " + parts.get(1);
    }
}
