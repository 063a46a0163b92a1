package dev.supervisor.engine;

import dev.supervisor.Action;
import dev.supervisor.Completions;
import dev.supervisor.Kind;
import dev.supervisor.LateExecutor;
import dev.supervisor.Poll;
import dev.supervisor.RecordedLog;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskCancelledException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program, for a JVM of its own. It uses an operation of the library for the first time where the stack is almost
 * full, at every depth from nothing left to enough. Then it uses the operation with an empty stack, where that has to
 * work.
 */
final class FirstUseProgram {

    static final String RESULT = "The operation ";

    private static final String DEEP = "deep";
    private static final int DEPTHS = 3_000;
    private static final long STACK_BYTES = 512 << 10;

    /** An operation: {@code prepare} opens its supervisors and spawns; the callable returns whether it has worked. */
    enum Operation {
        SPAWN {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
                return () -> supervisor.spawn(() -> 1).resultNow() == 1;
            }
        },
        SPAWN_ON_A_THREAD {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Supervisor.builder().unowned().open();
                return () -> supervisor.spawn("named", () -> 1).get() == 1;
            }
        },
        REFUSED_SPAWN {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Supervisor.builder().unowned().name("sealed one").open();
                supervisor.seal();
                return () -> {
                    try {
                        supervisor.spawn(() -> 1);
                        return false;
                    } catch (RejectedExecutionException refused) {
                        return refused.getMessage().contains("sealed one");
                    }
                };
            }
        },
        FAILED_TASK {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
                return () -> supervisor.spawn(FAILS).failure() == FAILURE;
            }
        },
        LOGGED_FAILURE {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Supervisor.builder().executor(Runnable::run).unowned().open();
                return () -> supervisor.spawn(FAILS).failure() == FAILURE;
            }
        },
        FAILURE_LEFT_OUT {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor =
                        Supervisor.builder().name("left out").executor(Runnable::run).unowned().open();
                RecordedLog log = new RecordedLog();
                for (int i = 0; i < LogLimit.BURST; i++) {
                    supervisor.spawn(FAILS);
                }
                return () -> {
                    boolean failed = supervisor.spawn(FAILS).failure() == FAILURE;
                    if (!Thread.currentThread().getName().equals(DEEP)) {
                        for (int i = 0; i < LogLimit.BURST; i++) {   // a new period may have begun
                            supervisor.spawn(FAILS);
                        }
                        Poll.until("a count", () -> !log.messages("not logged").isEmpty());
                    }
                    return failed;
                };
            }
        },
        GET_OF_A_CANCELLED_TASK {
            @Override
            Callable<Boolean> prepare() {
                Task<?> task = cancelled();
                return () -> {
                    try {
                        return task.get() != null;
                    } catch (TaskCancelledException thrown) {
                        return thrown.getMessage() != null;
                    }
                };
            }
        },
        GET_OF_A_FAILED_TASK {
            @Override
            Callable<Boolean> prepare() {
                Task<?> task = Kind.CALLER_RUNS.open().spawn(FAILS);
                return () -> {
                    try {
                        return task.get() != null;
                    } catch (ExecutionException thrown) {
                        return thrown.getCause() == FAILURE;
                    }
                };
            }
        },
        GET_IN_TIME {
            @Override
            Callable<Boolean> prepare() {
                Task<?> task = Supervisor.builder().executor(new LateExecutor()).open().spawn(() -> 1);
                return () -> {
                    try {
                        return task.get(1, TimeUnit.NANOSECONDS) != null;
                    } catch (TimeoutException thrown) {
                        return thrown.getMessage() != null;
                    }
                };
            }
        },
        JOIN_OF_A_FAILED_TASK {
            @Override
            Callable<Boolean> prepare() {
                Task<?> task = Kind.CALLER_RUNS.open().spawn(FAILS);
                return () -> {
                    try {
                        return task.join() != null;
                    } catch (CompletionException thrown) {
                        return thrown.getCause() == FAILURE;
                    }
                };
            }
        },
        FUTURE_OF_A_TASK {
            @Override
            Callable<Boolean> prepare() {
                Task<Integer> task = Kind.CALLER_RUNS.open().spawn(() -> 1);
                return () -> task.toCompletableFuture().join() == 1;
            }
        },
        FUTURE_COMPLETED_BY_HAND {
            @Override
            Callable<Boolean> prepare() {
                Task<Integer> task = Supervisor.builder().executor(new LateExecutor()).open().spawn(() -> 1);
                return () -> task.toCompletableFuture().complete(2);
            }
        },
        FUTURE_OF_A_FAILED_TASK {
            @Override
            Callable<Boolean> prepare() {
                Task<?> task = Kind.CALLER_RUNS.open().spawn(FAILS);
                return () -> task.toCompletableFuture().isCompletedExceptionally();
            }
        },
        FUTURE_OF_A_CANCELLED_TASK {
            @Override
            Callable<Boolean> prepare() {
                Task<?> task = cancelled();
                return () -> task.toCompletableFuture().isCancelled();
            }
        },
        COMPLETIONS {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
                return () -> {
                    Completions<Integer> completions = supervisor.completions();
                    completions.spawn(() -> 1);
                    return completions.take().resultNow() == 1;
                };
            }
        },
        RUN {
            @Override
            Callable<Boolean> prepare() {
                Supervisor.Builder builder = Kind.CALLER_RUNS.builder();
                return () -> builder.<Integer, Exception>call(s -> s.spawn(() -> 1).resultNow()) == 1;
            }
        },
        ABORT {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Supervisor.builder().executor(new LateExecutor()).unowned().open();
                supervisor.spawn(() -> 1).onDone(done -> { });
                return () -> {
                    supervisor.abort();
                    supervisor.close();
                    return supervisor.state() == Supervisor.State.FINISHED;
                };
            }
        },
        SELF_WAIT {
            @Override
            Callable<Boolean> prepare() {
                Supervisor supervisor = Kind.CALLER_RUNS.builder().unowned().open();
                return () -> supervisor.spawn(supervisor::shutdown).failure() instanceof IllegalStateException;
            }
        };

        abstract Callable<Boolean> prepare();
    }

    private static final IllegalStateException FAILURE = new IllegalStateException("on purpose");
    private static final Action FAILS = () -> {
        throw FAILURE;
    };

    private FirstUseProgram() { }

    private static Task<?> cancelled() {
        Task<?> task = Supervisor.builder().executor(new LateExecutor()).open().spawn(() -> 1);
        task.cancel();
        return task;
    }

    public static void main(String[] args) throws Exception {
        Callable<Boolean> operation = Operation.valueOf(args[0]).prepare();
        Thread deep = new Thread(null, () -> new Dive(operation).begin(), DEEP, STACK_BYTES);
        deep.start();
        deep.join();
        try {
            boolean works = operation.call();
            System.out.println(RESULT.concat(works ? "works" : "has another result"));
        } catch (Throwable t) {
            System.out.println(RESULT.concat("throws ").concat(t.toString()));   // no +: it may be what is broken
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Recurses until the stack is full. On the way back it tries the operation at each depth, until it works once. */
    private static final class Dive {

        private final Callable<Boolean> operation;
        private int left = DEPTHS;

        Dive(Callable<Boolean> operation) {
            this.operation = operation;
        }

        void begin() {
            try {
                down();
            } catch (StackOverflowError end) {
                // of the outermost call
            }
        }

        private void down() {
            try {
                down();
            } catch (StackOverflowError full) {
                if (left > 0) {
                    left--;
                    tryOnce();
                }
                throw full;
            }
        }

        private void tryOnce() {
            try {
                if (operation.call()) {
                    left = 0;
                }
            } catch (Throwable cut) {
                // one frame up there is more room
            }
        }
    }
}
