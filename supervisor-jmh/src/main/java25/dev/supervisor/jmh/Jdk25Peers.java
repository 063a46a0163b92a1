package dev.supervisor.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.stream.Gatherers;

/** What JDK 25 itself has for a task per virtual thread. */
final class Jdk25Peers implements Jdk25 {

    private static final Object STOP = new Object();

    @Override
    public Peer peer(String name) {
        return switch (name) {
            case "thread.execute" -> perTask(ExecutorService::execute);
            case "thread.submit" -> perTask(ExecutorService::submit);
            case "thread.structured" -> structured();
            default -> throw new IllegalArgumentException("No peer has the name " + name);
        };
    }

    private interface Way {
        void start(ExecutorService executor, Runnable body);
    }

    private static Peer perTask(Way way) {
        return tasks -> new Peer.Scope() {

            private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

            @Override
            public void start(Work work) {
                way.start(executor, work);
            }

            @Override
            public void leave() {
                executor.close();
            }
        };
    }

    private static Peer structured() {
        return tasks -> new Peer.Scope() {

            private final StructuredTaskScope<Object, Void> scope = StructuredTaskScope.open(Joiner.awaitAll());

            @Override
            public void start(Work work) {
                scope.fork((Runnable) work);
            }

            @Override
            public void leave() throws InterruptedException {
                scope.join();
                scope.close();
            }
        };
    }

    /** Cancelled by a subtask that returns {@link #STOP}: from outside it cannot be done. */
    @Override
    public Sleepers sleepers() {
        StructuredTaskScope<Object, Void> scope = StructuredTaskScope.open(new UntilStopped());
        return new Sleepers() {

            @Override
            public void start(int tasks, Runnable sleep) {
                for (int task = 0; task < tasks; task++) {
                    scope.fork(sleep);
                }
            }

            @Override
            public void abortAndJoin() throws InterruptedException {
                scope.fork(() -> STOP);
                scope.join();
                scope.close();
            }
        };
    }

    @Override
    public Composer composer(String name) {
        return switch (name) {
            case "invoke" -> new Invoking();
            case "structured" -> new Structured();
            default -> throw new IllegalArgumentException("No peer has the name " + name);
        };
    }

    /** By the methods that every executor has. */
    private static final class Invoking implements Composer {

        @Override
        public List<Integer> all(List<Callable<Integer>> bodies) throws Exception {
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Integer> results = new ArrayList<>();
                for (Future<Integer> future : executor.invokeAll(bodies)) {
                    results.add(future.get());
                }
                return results;
            }
        }

        @Override
        public Integer first(List<Callable<Integer>> bodies) throws Exception {
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                return executor.invokeAny(bodies);
            }
        }

        @Override
        public long map(List<Integer> inputs, int limit) {
            throw new UnsupportedOperationException("An executor has no map");
        }
    }

    /** By scopes, and a gatherer. */
    private static final class Structured implements Composer {

        @Override
        public List<Integer> all(List<Callable<Integer>> bodies) throws Exception {
            try (var scope = StructuredTaskScope.open(Joiner.<Integer>allSuccessfulOrThrow())) {
                bodies.forEach(scope::fork);
                return scope.join().map(Subtask::get).toList();
            }
        }

        @Override
        public Integer first(List<Callable<Integer>> bodies) throws Exception {
            try (var scope = StructuredTaskScope.open(Joiner.<Integer>anySuccessfulResultOrThrow())) {
                bodies.forEach(scope::fork);
                return scope.join();
            }
        }

        @Override
        public long map(List<Integer> inputs, int limit) {
            return inputs.stream().gather(Gatherers.mapConcurrent(limit, input -> input))
                    .mapToLong(Integer::longValue).sum();
        }
    }

    private static final class UntilStopped implements Joiner<Object, Void> {

        @Override
        public boolean onComplete(Subtask<? extends Object> subtask) {
            return subtask.state() == Subtask.State.SUCCESS && subtask.get() == STOP;
        }

        @Override
        public Void result() {
            return null;
        }
    }
}
