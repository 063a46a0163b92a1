package dev.supervisor.jmh;

import dev.supervisor.Results;
import dev.supervisor.Tasks;
import java.util.List;
import java.util.concurrent.Callable;

/** A way to compose the results of several tasks, on a thread each; what {@link Composing} compares. */
interface Composer {

    /** The results of all. */
    List<Integer> all(List<Callable<Integer>> bodies) throws Exception;

    /** The first result; the others are cancelled and waited for. */
    Integer first(List<Callable<Integer>> bodies) throws Exception;

    /** The sum of what a function that returns its input makes of the inputs, so many at once, in their order. */
    long map(List<Integer> inputs, int limit) throws Exception;

    static Composer of(String name) {
        return switch (name) {
            case "tasks" -> new OfTasks();
            case "kotlin" -> new KotlinComposer();
            default -> Jdk25.get().composer(name);
        };
    }

    /** By {@link Tasks}. */
    final class OfTasks implements Composer {

        @Override
        public List<Integer> all(List<Callable<Integer>> bodies) throws Exception {
            return Tasks.all(bodies);
        }

        @Override
        public Integer first(List<Callable<Integer>> bodies) throws Exception {
            return Tasks.firstSuccessful(bodies);
        }

        @Override
        public long map(List<Integer> inputs, int limit) {
            long sum = 0;
            try (Results<Integer> results = Tasks.map(inputs, limit, input -> input)) {
                for (Integer result : results) {
                    sum += result;
                }
            }
            return sum;
        }
    }
}
