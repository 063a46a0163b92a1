package dev.supervisor.faults;

import dev.supervisor.Background;
import dev.supervisor.DumpOption;
import dev.supervisor.Kind;
import dev.supervisor.Overflow;
import dev.supervisor.Results;
import dev.supervisor.Self;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.Tasks;
import dev.supervisor.engine.Peek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;

/** The scenarios of {@link OwnFramesTest} for what servers use, and for Tasks. */
final class FaultScenariosOfServers {

    /** Where the interrupt of a wait is lost: to what was cut off as the status was set again, or in its place. */
    private static final String[] COMES_OUT_OF_THE_WAIT = {"WindowStack.endedByInterrupt", "Chain.current",
        "VirtualThreads.isVirtual", "Owner.settle", "Window.awaitCanceller", "WindowStack.setStatusAgain",
        "WindowStack.foundAgain", "Window.setStatus", "Window.interrupt"};

    /** The atomic add by which a spawn that was not counted in returns its permit: to take it needed more room. */
    private static final String RETURNS_A_PERMIT = "Admission.admit:";

    /** How long a shield holds: not long, since what ends it may be cut off. */
    private static final Duration MAX = Duration.ofMillis(50);

    private static final Map<String, Function<FaultScene, FaultScene.Act>> ALL = new LinkedHashMap<>();

    private FaultScenariosOfServers() { }

    /** A supplier of runs for every scenario, by its name. */
    static Map<String, Supplier<Callable<List<String>>>> all() {
        return FaultScenarios.runs(ALL);
    }

    static {
        view();
        invoking();
        blocking();
        shields();
        stopping();
        async();
        trees();
        looking();
        speaking();
        composing();
    }

    // ---- S10

    private static FaultScene submitting(FaultScene s) {
        s.submits = true;
        return s;
    }

    private static void view() {
        ALL.put("view, submit, run by the caller", s -> {
            submitting(s).inline();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("view, submit, fails", s -> {
            submitting(s).inline();
            return () -> s.spawn(s.failing("a"));
        });
        ALL.put("view, submit, queued", s -> {
            submitting(s).queued();
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("view, submit, cancelled in its body", s -> {
            submitting(s).cancels = true;
            s.inline();
            return () -> s.spawn(s.body("a", () -> s.unarmed(() -> s.supervisor.tasks().get(0).cancel())));
        });
        ALL.put("view, run, fails", s -> FaultScenarios.runOf(submitting(s).queued(), s.failing("a")));
        ALL.put("view, cancel, pending", s -> {
            submitting(s).queued().spawned(s.body("a"));
            s.sibling("b");
            return () -> s.futures.get(0).cancel(true);
        });
        ALL.put("view, cancel, running", s -> {
            submitting(s).queued().sibling("a");
            s.cancels = true;
            return () -> {
                s.futures.get(0).cancel(true);
                s.told();
            };
        });
        ALL.put("view, abort", s -> {
            FaultScenarios.crowd(submitting(s).queued());
            return () -> FaultScenarios.abort(s);
        });
        ALL.put("view, shutdownNow", s -> {
            FaultScenarios.crowd(submitting(s).queued());
            return () -> {
                s.returned.addAll(s.supervisor.asExecutorService().shutdownNow());
                s.told();
            };
        });
        ALL.put("view, awaitTermination", s -> {
            submitting(s).queued().untilWaitedFor("a", () -> { });
            ExecutorService view = s.supervisor.asExecutorService();
            return () -> {
                view.shutdown();
                if (!view.awaitTermination(1, TimeUnit.HOURS)) {
                    throw new AssertionError("not terminated");
                }
            };
        });
        if (AutoCloseable.class.isAssignableFrom(ExecutorService.class)) {   // from JDK 19 on
            closing();
        }
    }

    private static void closing() {
        ALL.put("view, close", s -> {
            submitting(s).queued().untilWaitedFor("a", () -> { });
            ExecutorService view = s.supervisor.asExecutorService();
            return () -> ((AutoCloseable) (Object) view).close();
        });
        ALL.put("view, close, interrupted", s -> {
            submitting(s).queued().sibling("a");
            s.cancels = true;
            ExecutorService view = s.supervisor.asExecutorService();
            s.after("the status is lost", () -> s.wasInterrupted || FaultSwitch.isTwice()
                    || FaultSwitch.isIn(COMES_OUT_OF_THE_WAIT));
            return () -> {
                Thread.currentThread().interrupt();
                ((AutoCloseable) (Object) view).close();
                s.told();
            };
        });
    }

    private static void invoking() {
        ALL.put("view, invokeAll", s -> {
            s.inline();
            return () -> {
                for (Future<?> future : s.supervisor.asExecutorService().invokeAll(List.of(s.body("a"), s.body("b")))) {
                    future.get();
                }
            };
        });
        ALL.put("view, invokeAll, of threads", s -> invokes(s, view -> {
            FaultScene.Body other = untilReleased(s, "b", true);
            view.invokeAll(List.of(s.body("a"), other));
        }));
        ALL.put("view, invokeAny", s -> {
            s.inline();
            return () -> s.supervisor.asExecutorService().invokeAny(List.of(s.failing("a"), s.body("b"), s.body("c")));
        });
        ALL.put("view, invokeAny, of threads", s -> invokes(s, view -> view.invokeAny(
                List.of(untilReleased(s, "a", false), untilReleased(s, "b", true), untilReleased(s, "c", false)))));
    }

    private interface Invocation {
        void of(ExecutorService view) throws Exception;
    }

    /** The tasks run on threads of their own, and those that are not needed are cancelled, whatever comes. */
    private static FaultScene.Act invokes(FaultScene s, Invocation invocation) {
        s.strangers = true;
        s.supervisor = Supervisor.builder().threadFactory(Kind::daemon).onFailure(s::report).open();
        s.rightAfter("a task runs on", () -> {
            Peek.recover(s.supervisor);
            return s.supervisor.liveCount() == 0;
        });
        return () -> invocation.of(s.supervisor.asExecutorService());
    }

    /** A body that runs until it is interrupted; or until the scene's thread waits, if that is to be enough. */
    private static FaultScene.Body untilReleased(FaultScene s, String name, boolean ends) {
        return s.body(name, () -> s.untilInterrupted(ends));
    }

    // ---- S9

    private static void blocking() {
        ALL.put("limited, a spawner waits for a task that runs", s -> {
            blocked(s, s.body("a"));
            Runnable task = s.queue.remove();
            return task::run;
        });
        ALL.put("limited, a spawner waits for a task that is cancelled", s -> {
            FaultScene.Body body = s.body("a");
            blocked(s, body);
            return () -> body.task().cancel();
        });
        ALL.put("limited, a spawner waits for a spawn that is undone", s -> {
            open(s, task -> {
                s.unarmed(() -> spawnerWaits(s));
                throw new RejectedExecutionException("full");
            });
            return () -> s.spawn(s.body("a"));
        });
        ALL.put("limited, a spawner waits for a decorator that throws", s -> {
            s.supervisor = s.builder().maxTasks(1, Overflow.BLOCK).executor(Runnable::run).decorator(task -> {
                if (Thread.currentThread() == s.me) {
                    s.unarmed(() -> spawnerWaits(s));
                    throw new IllegalStateException("decorator");
                }
                return task;
            }).open();
            allReturned(s);
            return () -> {
                try {
                    s.spawn(s.body("a"));
                } catch (IllegalStateException e) {
                    return;
                }
                throw new AssertionError("not thrown");
            };
        });
        ALL.put("limited, the spawner that waits", s -> {
            open(s, s.queue::add);
            holder(s);
            return () -> s.spawn(s.body("b"));
        });
        ALL.put("limited, the spawner that waits, before another one", s -> {
            open(s, s.queue::add);
            AtomicReference<Background<Void>> next = new AtomicReference<>();
            FaultScene.Body body = s.body("holder", () -> {
                untilItWaits(s);
                next.set(Background.blockedIn(() -> s.supervisor.spawn(() -> { })));
            });
            Background.run(() -> s.supervisor.spawn(body));
            FaultScene.until(() -> Peek.freePermits(s.supervisor) == 0);
            s.rightAfter("the next spawner sleeps on", () -> next.get() == null || goesOn(s, next.get()));
            return () -> s.spawn(s.body("b"));
        });
        ALL.put("limited, the spawner that waits, interrupted", s -> {
            open(s, s.queue::add);
            s.spawn(s.body("pending"));
            s.cancels = true;
            s.after("the status is lost", () -> s.wasInterrupted || FaultSwitch.isTwice()
                    || FaultSwitch.isIn(COMES_OUT_OF_THE_WAIT));
            return () -> {
                Thread.currentThread().interrupt();
                refused(s);
            };
        });
        ALL.put("limited, the spawner that waits, sealed meanwhile", s -> {
            open(s, s.queue::add);
            s.spawn(s.body("pending"));
            AtomicBoolean over = new AtomicBoolean();
            Kind.daemon(() -> {
                untilItWaits(s);
                s.supervisor.seal();
                over.set(true);
            }).start();
            s.after("the seal hangs", () -> FaultScene.until(over::get));
            return () -> refused(s);
        });
    }

    private static void refused(FaultScene s) throws Exception {
        try {
            s.spawn(s.body("b"));
        } catch (RejectedExecutionException e) {
            return;
        }
        throw new AssertionError("accepted");
    }

    private static void open(FaultScene s, Executor mine) {
        s.supervisor = s.builder().maxTasks(1, Overflow.BLOCK).executor(task -> {
            if (Thread.currentThread() == s.me) {
                mine.execute(task);
            } else {
                task.run();
            }
        }).open();
        allReturned(s);
    }

    private static void allReturned(FaultScene s) {
        s.strangers = true;
        s.after("a permit was lost, or returned twice", () -> FaultSwitch.isIn(RETURNS_A_PERMIT)
                || FaultScene.until(() -> Peek.freePermits(s.supervisor) == 1));
    }

    private static void blocked(FaultScene s, FaultScene.Body body) {
        open(s, s.queue::add);
        s.spawn(body);
        spawnerWaits(s);
    }

    private static void spawnerWaits(FaultScene s) {
        Background<Void> spawner = Background.blockedIn(() -> s.supervisor.spawn(() -> { }));
        s.rightAfter("the spawner sleeps on", () -> goesOn(s, spawner));
    }

    private static boolean goesOn(FaultScene s, Background<Void> spawner) {
        if (FaultSwitch.isShortage()) {
            Peek.recover(s.supervisor);   // as the next thread does
        }
        return FaultSwitch.isIn(RETURNS_A_PERMIT) || spawner.hasEnded()
                || s.supervisor.tasks().stream().anyMatch(s::isOfBody);   // one cut off (A7)
    }

    /** A task that is spawned by another thread, runs there, and ends when the scene's thread waits. */
    private static void holder(FaultScene s) {
        FaultScene.Body body = s.body("holder", () -> untilItWaits(s));
        Background.run(() -> s.supervisor.spawn(body));
        FaultScene.until(() -> Peek.freePermits(s.supervisor) == 0);
    }

    private static void untilItWaits(FaultScene s) {
        while (!s.isOver() && s.me.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    // ---- S11

    private static void shields() {
        ALL.put("shield, nothing comes", s -> {
            s.inline();
            return () -> s.supervisor.spawnWithSelf(self -> self.shield(Duration.ofHours(1), () -> self.shield(
                    Duration.ofHours(1), () -> 1)));
        });
        ALL.put("shield, cancelled inside", s -> {
            AtomicBoolean requested = new AtomicBoolean();
            AtomicBoolean felt = new AtomicBoolean();
            s.after("S11: the interrupt was felt inside of the shield", () -> !felt.get());
            return shielded(s, requested, requested, (self, begun) -> s.unarmed(() -> {
                Background.run(() -> self.task().cancel()).join();
                felt.set(Thread.currentThread().isInterrupted() && System.nanoTime() - begun < MAX.toNanos());
                requested.set(true);
            }));
        });
        ALL.put("shield, aborted inside", s -> {
            AtomicBoolean requested = new AtomicBoolean();
            return shielded(s, requested, requested, (self, begun) -> s.unarmed(() -> {
                Background.run(s.supervisor::abort).join();
                requested.set(true);
            }));
        });
        ALL.put("shield, cancelled before", s -> {
            AtomicBoolean requested = new AtomicBoolean(true);
            return shielded(s, requested, new AtomicBoolean(), (self, begun) -> { });
        });
    }

    /** A body with a shield, inside of which it is told the time before that began. */
    private static FaultScene.Act shielded(FaultScene s, AtomicBoolean before, AtomicBoolean requested,
            ObjLongConsumer<Self> inside) {
        s.cancels = true;
        s.inline();
        AtomicBoolean delivered = new AtomicBoolean(true);
        s.after("the interrupt has not come", delivered::get);
        boolean already = before.get();
        return () -> s.supervisor.spawnWithSelf(self -> {
            if (already) {
                s.unarmed(() -> Background.run(() -> self.task().cancel()).join());
            }
            long begun = System.nanoTime();
            try {
                self.shield(MAX, () -> {
                    inside.accept(self, begun);
                    return 1;
                });
            } finally {
                s.unarmed(() -> delivered.set(!already && !requested.get()
                        || already && FaultSwitch.isTwice()   // what undoes the begin was cut off, too
                        || FaultScene.until(Thread::interrupted)));
            }
            return 1;
        });
    }

    // ---- S1, S2, S8

    private static void stopping() {
        ALL.put("completion, the last task ends", s -> {
            s.queued().spawn(s.body("a"));
            AtomicBoolean completed = new AtomicBoolean();
            s.supervisor.completion().thenRun(() -> completed.set(true));
            s.supervisor.seal();
            s.rightAfter("S8: not completed", () -> completed.get() || s.supervisor.liveCount() > 0);
            s.after("S8: never completed", completed::get);
            Runnable task = s.queue.remove();
            return task::run;
        });
        ALL.put("completion, asked for", s -> {
            s.queued();
            List<CompletableFuture<?>> futures = new ArrayList<>();
            s.after("S8: never completed", () -> futures.stream().allMatch(CompletableFuture::isDone));
            return () -> {
                futures.add(s.supervisor.completion().toCompletableFuture());
                s.supervisor.seal();
                futures.add(s.supervisor.completion().toCompletableFuture());
            };
        });
        ALL.put("awaitFinished, waits", s -> {
            s.queued().untilWaitedFor("a", () -> { });
            s.supervisor.seal();
            return () -> {
                if (!s.supervisor.awaitFinished(Duration.ofHours(1))) {
                    throw new AssertionError("not finished");
                }
            };
        });
        ALL.put("run, while a thread waits for the end", s -> runBefore(s, true,
                () -> s.supervisor.awaitFinished(Duration.ofHours(1))));
        ALL.put("run, then awaitFinished", s -> runBefore(s, false,
                () -> s.supervisor.awaitFinished(Duration.ofHours(1))));
        ALL.put("run, while a thread drains", s -> runBefore(s, true, () -> s.supervisor.drain(Duration.ofHours(1))));
        ALL.put("run, then drain", s -> runBefore(s, false, () -> s.supervisor.drain(Duration.ofHours(1))));
        ALL.put("run, then close of the view", s -> runBefore(s, false, () -> {
            ExecutorService view = s.supervisor.asExecutorService();
            if ((Object) view instanceof AutoCloseable closeable) {
                closeable.close();
            }
            return null;
        }));
        ALL.put("drain, with hooks, grace over", s -> {
            AtomicInteger drained = new AtomicInteger();
            AtomicInteger cancelled = new AtomicInteger();
            FaultScenarios.crowd(s.queued());
            FaultScene.Body body = s.body("with a spec");
            s.spawn(body, () -> s.supervisor.spec("a").onDrain(drained::incrementAndGet)
                    .onCancel(cancelled::incrementAndGet).spawn(body));
            body.task().onDrain(drained::incrementAndGet).onCancel(cancelled::incrementAndGet);
            s.after("drain hooks have run too often", () -> drained.get() <= 2);
            // Another thread may be about to run them.
            s.after("cancel hooks have not run twice", () -> FaultScene.until(() -> cancelled.get()
                    == (body.task().isCancelRequested() ? 2 - s.cutOff("A cancel hook") : 0)));
            return () -> {
                s.supervisor.drain(Duration.ofMillis(2));
                s.told();
            };
        });
        ALL.put("drain, interrupted", s -> {
            AtomicBoolean begun = new AtomicBoolean();
            FaultScenarios.crowd(s.queued());
            s.after("the status is lost", () -> s.wasInterrupted || !begun.get() || FaultSwitch.isTwice()
                    || FaultSwitch.isIn(COMES_OUT_OF_THE_WAIT));
            return () -> {
                begun.set(true);
                Thread.currentThread().interrupt();
                s.supervisor.drain(Duration.ofHours(1));
                s.told();
            };
        });
    }

    /** A task is run by the scene's thread, and another one waits for the end: already, or from then on. */
    private static FaultScene.Act runBefore(FaultScene s, boolean already, Callable<?> wait) {
        s.supervisor = s.builder().unowned().open();
        s.spawn(s.body("a"));
        s.supervisor.seal();
        AtomicBoolean ended = new AtomicBoolean();
        Runnable waiter = () -> Background.run(() -> {
            wait.call();
            ended.set(true);
        });
        if (already) {
            Background.blockedIn(() -> {
                wait.call();
                ended.set(true);
            });
        }
        Runnable task = s.queue.remove();
        BooleanSupplier pending = () -> ((Task<?>) task).status() == Task.Status.PENDING;
        s.rightAfterAll("the thread that waits sleeps on", () -> {
            boolean cutOff = pending.getAsBoolean() || already && FaultSwitch.isTwice();   // before its body (A7)
            if (already && FaultSwitch.isShortage()) {   // a collected stack is made anew, for which there is no memory
                Peek.recover(s.supervisor);   // as the next thread does
            }
            return cutOff || FaultScene.until(ended::get);
        });
        return () -> {
            try {
                task.run();
            } finally {
                if (!already) {
                    s.unarmed(waiter);
                }
            }
        };
    }

    // ---- S7

    private static void async() {
        ALL.put("async, cancelled", s -> {
            CompletableFuture<Object> stage = stage(s);
            s.accepted = s.supervisor.spawnAsync(() -> stage);
            return () -> s.accepted.cancel();
        });
        ALL.put("async, aborted", s -> {
            CompletableFuture<Object> stage = stage(s);
            s.accepted = s.supervisor.spawnAsync(() -> stage);
            return () -> {
                s.supervisor.abort();
                s.told();
            };
        });
        ALL.put("async, cancelled in its start", s -> {
            CompletableFuture<Object> stage = stage(s);
            return () -> s.supervisor.spawnAsync(() -> {
                s.unarmed(() -> {
                    s.accepted = s.supervisor.tasks().get(0);
                    Background.run(s.accepted::cancel).join();
                });
                return stage;
            });
        });
        ALL.put("async, with a hook, cancelled", s -> {
            AtomicInteger hooks = new AtomicInteger();
            CompletableFuture<Object> stage = stage(s);
            s.accepted = s.supervisor.spec("a").onCancel(() -> {
                hooks.incrementAndGet();
                stage.cancel(true);
            }).spawnAsync(() -> stage);
            s.after("the hook has run " + hooks + " times", () -> hooks.get() <= 1);
            return () -> s.accepted.cancel();
        });
    }

    /** A stage that calls the library with room on the stack: if there is none, the JDK does not come to call it. */
    private static final class Stage extends CompletableFuture<Object> {

        private final FaultScene scene;

        Stage(FaultScene scene) {
            this.scene = scene;
        }

        @Override
        public CompletableFuture<Object> whenComplete(BiConsumer<? super Object, ? super Throwable> action) {
            scene.unarmed(() -> super.whenComplete(action));
            return this;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            scene.unarmed(() -> super.cancel(mayInterruptIfRunning));
            return isCancelled();
        }
    }

    /** A stage that is cancelled if the task is asked to cancel; it completes after the act, whatever comes. */
    private static CompletableFuture<Object> stage(FaultScene s) {
        Stage stage = new Stage(s);
        s.cancels = true;
        s.queued();
        s.rightAfter("the stage is not cancelled", () -> {
            Peek.recover(s.supervisor);   // as the next thread does
            return stage.isCancelled() || s.accepted == null || s.accepted.isDone()
                    || !s.accepted.isCancelRequested() || s.cutOff("The cancellation of the stage") > 0
                    || s.cutOff("A cancel hook") > 0;
        });
        s.rightAfterAll("", () -> {
            stage.complete("late");
            return true;
        });
        return stage;
    }

    // ---- S12

    private static void trees() {
        ALL.put("join, with a child that has a live task", s -> {
            parent(s, true);
            return s.supervisor::join;
        });
        ALL.put("drain, with a child that has a live task", s -> {
            parent(s, true);
            return () -> s.supervisor.drain(Duration.ofHours(1));
        });
        ALL.put("shutdown, with a child that has a live task", s -> {
            s.exit = true;
            s.cancels = true;
            parent(s, false);
            return () -> {
                s.supervisor.shutdown();
                s.told();
            };
        });
        ALL.put("close, with a child that has a live task", s -> {
            s.exit = true;
            s.cancels = true;
            parent(s, false);
            return () -> {
                s.supervisor.close();
                s.told();
            };
        });
    }

    /**
     * The scene's supervisor has a child, whose task runs on a thread of its own: until the scene's thread waits, if
     * that is to be enough, or until it is interrupted.
     */
    private static void parent(FaultScene s, boolean ends) {
        Supervisor child = Supervisor.builder().threadFactory(Kind::daemon).onFailure(s::report).unowned()
                .parent(s.queued().supervisor).open();
        FaultScene.Body body = s.body("a", () -> s.untilInterrupted(ends));
        s.spawn(body, () -> child.spawn(body));
        s.after("the child has not ended: " + child, () -> child.state() == Supervisor.State.FINISHED);
        s.after("the child's task lives on", () -> body.task().isDone());
    }

    // ---- O2, O4

    private static void looking() {
        ALL.put("dump, while tasks live", s -> {
            FaultScenarios.crowd(s.queued());
            s.cancels = false;
            StringBuilder out = new StringBuilder();
            return () -> s.supervisor.dump(out, DumpOption.stacks());
        });
        ALL.put("times recorded, run", s -> {
            s.supervisor = s.builder().recordTimes().open();
            FaultScene.Act act = FaultScenarios.runOf(s, s.failing("a"));
            return () -> {
                s.supervisor.dump(new StringBuilder());
                act.run();
            };
        });
        ALL.put("times recorded, spawn", s -> {
            s.inline = true;
            s.supervisor = s.builder().recordTimes().open();
            return () -> s.spawn(s.body("a"));
        });
    }

    // ---- O7

    private static void speaking() {
        ALL.put("close, speaks", s -> {
            s.exit = true;
            s.cancels = true;
            s.queued().untilWaitedFor("a", () -> { });
            Peek.hurry(true);
            s.after("", () -> {
                Peek.hurry(false);
                return true;
            });
            return s.supervisor::close;
        });
        ALL.put("drain, speaks", s -> {
            s.queued().untilWaitedFor("a", () -> { });
            Peek.hurry(true);
            s.after("", () -> {
                Peek.hurry(false);
                return true;
            });
            return () -> s.supervisor.drain(Duration.ofHours(1));
        });
    }

    // ---- T1 to T6

    private static void composing() {
        ALL.put("all, run by the caller", s -> composed(s, true, false,
                builder -> Tasks.all(builder, List.of(s.body("a"), s.body("b")))));
        ALL.put("all, one fails", s -> composed(s, false, false, builder -> {
            try {
                Tasks.all(builder, List.of(untilReleased(s, "a", false), failsWhenWaitedFor(s), s.body("c")));
            } catch (ExecutionException e) {
                return;
            }
            throw new AssertionError("not thrown");
        }));
        ALL.put("firstSuccessful, run by the caller", s -> composed(s, true, false,
                builder -> Tasks.firstSuccessful(builder, List.of(s.failing("a"), s.body("b"), s.body("c")))));
        ALL.put("firstSuccessful, losers", s -> composed(s, false, false, builder -> Tasks.firstSuccessful(
                builder, List.of(untilReleased(s, "a", false), untilReleased(s, "b", true)))));
        ALL.put("map, run by the caller", s -> composed(s, true, true, builder -> {
            try (Results<Object> results = Tasks.map(builder, List.of(1, 2, 3), 2, input -> input)) {
                for (Object result : results) {
                    result.hashCode();
                }
            }
        }));
        ALL.put("map, left early", s -> composed(s, false, true, builder -> {
            try (Results<Object> results = Tasks.map(builder, List.of(1, 2, 3), 2, input -> {
                if (input > 1) {
                    s.untilInterrupted(false);
                }
                return input;
            })) {
                results.iterator().next();
            }
        }));
        ALL.put("asCompleted, left early", s -> composed(s, false, true, builder -> {
            try (Results<Task<Object>> results =
                    Tasks.asCompleted(builder, List.of(untilReleased(s, "a", true), untilReleased(s, "b", false)))) {
                results.iterator().next();
            }
        }));
    }

    private interface Composition {
        void with(Supervisor.Builder builder) throws Throwable;
    }

    /** All tasks have ended when it returns or throws; they run in the caller, or on threads of their own. */
    private static FaultScene.Act composed(FaultScene s, boolean inline, boolean closes, Composition composition) {
        s.cancels = true;
        s.block = !closes || FaultSwitch.isOfMemory();   // what the stack has cut off can be closed once more
        s.strangers = true;
        return () -> composition.with(Supervisor.builder().onFailure(s::report).maxTasks(3).executor(task -> {
            s.unarmed(() -> s.supervisor = ((Task<?>) task).supervisor());
            if (inline) {
                task.run();
            } else {
                Kind.daemon(task).start();
            }
        }));
    }

    private static FaultScene.Body failsWhenWaitedFor(FaultScene s) {
        return s.body("fails", () -> {
            s.untilInterrupted(true);
            throw new IllegalStateException("fails");
        });
    }
}
