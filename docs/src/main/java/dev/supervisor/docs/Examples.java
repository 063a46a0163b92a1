package dev.supervisor.docs;

import dev.supervisor.Completions;
import dev.supervisor.DumpOption;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One method for each main feature, to copy from. */
public final class Examples {

    /** What a server knows about the request that it works on, by thread. */
    static final ThreadLocal<String> REQUEST_ID = ThreadLocal.withInitial(() -> "none");

    private Examples() { }

    // @start region="callback"
    /** Results belong to the tasks: here each one's callback puts it where it is wanted. */
    static Map<String, Object> outcomes(Map<String, Callable<String>> work) throws InterruptedException {
        Map<String, Object> outcomes = new ConcurrentHashMap<>();
        Supervisor.run(supervisor -> work.forEach((name, body) ->
            supervisor.spawn(name, body).onDone(task ->
                outcomes.put(name, task.status() == Task.Status.SUCCEEDED ? task.resultNow() : task.status()))));
        return outcomes;                                // every callback has run
    }
    // @end

    // @start region="try"
    /**
     * The same block by hand. Whoever leaves it before {@code join} cancels the tasks: by an exception, for instance.
     */
    static List<String> inOrder(Collection<Callable<String>> work) throws InterruptedException, ExecutionException {
        try (Supervisor supervisor = Supervisor.open()) {
            List<Task<String>> tasks = new ArrayList<>();
            work.forEach(body -> tasks.add(supervisor.spawn(body)));
            List<String> results = new ArrayList<>();
            for (Task<String> task : tasks) {
                results.add(task.get());                // the first failure leaves the block, and cancels the rest
            }
            supervisor.join();
            return results;
        }
    }
    // @end

    // @start region="completions"
    /** The first so many results, in the order in which they come; what is slower than that is cancelled. */
    static List<String> first(int wanted, Collection<Callable<String>> work) throws InterruptedException {
        try (Supervisor supervisor = Supervisor.open()) {
            Completions<String> completions = supervisor.completions();
            work.forEach(completions::spawn);
            List<String> results = new ArrayList<>();
            while (results.size() < wanted && completions.pending() > 0) {
                Task<String> task = completions.take();
                if (task.status() == Task.Status.SUCCEEDED) {
                    results.add(task.resultNow());
                }
            }
            supervisor.abort();                         // in place of join: the others are cancelled
            return results;                             // close() waits for them
        }
    }
    // @end

    // @start region="decorator"
    /**
     * A decorator runs where a task is spawned, and what it returns where the task runs: so it can carry a context
     * across.
     */
    static Runnable carryRequestId(Runnable task) {
        String id = REQUEST_ID.get();                   // on the spawning thread
        return () -> {
            String before = REQUEST_ID.get();           // on the task's thread, which may be pooled
            REQUEST_ID.set(id);
            try {
                task.run();
            } finally {
                REQUEST_ID.set(before);
            }
        };
    }

    /** Runs bodies that read {@link #REQUEST_ID} on other threads than the caller's; returns what they saw. */
    static Collection<String> seen(int bodies) throws InterruptedException {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        Supervisor.builder().decorator(Examples::carryRequestId).run(supervisor -> {
            for (int i = 0; i < bodies; i++) {
                supervisor.spawn(() -> seen.add(REQUEST_ID.get()));
            }
        });
        return seen;
    }
    // @end

    // @start region="named"
    /** What runs in this program: the trees of all supervisors that have a name. */
    static void report(PrintStream out) throws IOException {
        for (Supervisor supervisor : Supervisor.named()) {
            supervisor.dump(out, DumpOption.stacks());  // a child stands under its parent, and by itself
        }
    }
    // @end

    // @start region="timeout"
    /** A time limit for a whole group: the group is a task of an outer supervisor, and a supervisor itself. */
    static boolean allWithin(Duration limit, Collection<Callable<String>> work)
            throws InterruptedException, ExecutionException {
        try (Supervisor outer = Supervisor.open()) {
            Task<Void> group = outer.spawn("group", () -> Supervisor.run(inner -> work.forEach(inner::spawn)));
            try {
                group.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException late) {
                group.cancel();                         // interrupts the inner one's owner; it cancels its tasks
            }
            outer.join();                               // nothing of the group is left
            return !group.isCancelled();
        }
    }
    // @end
}
