package dev.supervisor.docs;

import dev.supervisor.DeadlineExceededException;
import dev.supervisor.Overflow;
import dev.supervisor.Results;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.Task.Status;
import dev.supervisor.TaskFunction;
import dev.supervisor.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/** One operation that takes several tasks: {@code docs/composing.md} explains each method, in this order. */
public final class ComposingExamples {

    private ComposingExamples() { }

    /** What a page is made of. */
    record Page(String user, String orders) { }

    // @start region="all"
    /** Asks two services at once. If one of them fails, the other is not waited for: it is cancelled. */
    static Page page(Callable<String> user, Callable<String> orders) throws ExecutionException, InterruptedException {
        List<String> parts = Tasks.all(List.of(user, orders));
        return new Page(parts.get(0), parts.get(1));
    }
    // @end

    // @start region="deadline"
    /**
     * The same within a time.
     *
     * @throws DeadlineExceededException if it takes longer; both have ended by then
     */
    static List<String> within(Duration time, Collection<Callable<String>> parts)
            throws ExecutionException, InterruptedException {
        return Tasks.all(Supervisor.builder().name("page").deadline(time), parts);
    }
    // @end

    // @start region="settled"
    /** Writes to every replica, and says how many have it. */
    static long replicate(Collection<Callable<Void>> writes) throws InterruptedException {
        return Tasks.allSettled(writes).stream().filter(task -> task.status() == Status.SUCCEEDED).count();
    }
    // @end

    // @start region="first"
    /** Asks every mirror, takes the first answer, and ends the other requests. */
    static byte[] fromAnyMirror(Collection<Callable<byte[]>> mirrors) throws ExecutionException, InterruptedException {
        return Tasks.firstSuccessful(mirrors);
    }
    // @end

    // @start region="asCompleted"
    /** The first so many answers; what is slower than that is cancelled. */
    static List<String> quorum(int wanted, Collection<Callable<String>> replicas) {
        List<String> answers = new ArrayList<>();
        try (Results<Task<String>> tasks = Tasks.asCompleted(replicas)) {
            for (Task<String> task : tasks) {
                if (task.status() == Status.SUCCEEDED && answers.add(task.resultNow()) && answers.size() == wanted) {
                    break;
                }
            }
        }
        return answers;
    }
    // @end

    // @start region="map"
    /** Fetches at most eight at once, and writes them in the order of the addresses. */
    static void fetchAll(Iterable<String> addresses, TaskFunction<String, String> fetch, Appendable out)
            throws Exception {
        try (Results<String> pages = Tasks.map(addresses, 8, fetch)) {
            for (String page : pages) {
                out.append(page).append('\n');
            }
        }
    }
    // @end

    // @start region="stream"
    /** The inputs may be a stream, or come from a queue for as long as there are any; the last one says so. */
    static long process(BlockingQueue<String> queue, String last, TaskFunction<String, Boolean> work) {
        long done = 0;
        try (Stream<String> inputs = Stream.generate(() -> take(queue)).takeWhile(input -> !input.equals(last));
                Results<Boolean> results = Tasks.mapUnordered(inputs::iterator, 8, work)) {
            for (boolean result : results) {
                done += result ? 1 : 0;
            }
        }
        return done;
    }

    private static String take(BlockingQueue<String> queue) {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);           // as Task.join() does
        }
    }
    // @end

    // @start region="limit"
    /** All of many, but not all at once: the call waits for a place before it starts one more. */
    static List<String> fewAtOnce(Collection<Callable<String>> parts) throws ExecutionException, InterruptedException {
        return Tasks.all(Supervisor.builder().maxTasks(8, Overflow.BLOCK), parts);
    }
    // @end
}
