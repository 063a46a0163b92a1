package dev.supervisor.docs;

import dev.supervisor.Action;
import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskDecorator;
import io.micrometer.context.ContextSnapshotFactory;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.MDC;

/** How a task gets the context of its spawner: {@code docs/context.md} explains each method, in about this order. */
final class ContextExamples {

    private ContextExamples() { }

    /** SLF4J: a task has the MDC entries of its spawner, and leaves none behind. */
    static Runnable carryMdc(Runnable task) {
        Map<String, String> entries = MDC.getCopyOfContextMap();        // on the spawning thread
        return () -> {
            Map<String, String> before = MDC.getCopyOfContextMap();     // on the task's thread, which may be pooled
            setMdc(entries);
            try {
                task.run();
            } finally {
                setMdc(before);
            }
        };
    }

    private static void setMdc(Map<String, String> entries) {
        if (entries == null) {                                          // a thread that has never had any
            MDC.clear();
        } else {
            MDC.setContextMap(entries);
        }
    }

    /** Micrometer: a task has every value for which an accessor is registered. */
    static TaskDecorator snapshots() {
        ContextSnapshotFactory factory = ContextSnapshotFactory.builder().clearMissing(true).build();
        return task -> factory.captureAll().wrap(task);
    }

    /** OpenTelemetry: a task has the current span of its spawner, and the baggage. */
    static Runnable carryTrace(Runnable task) {
        return Context.current().wrap(task);
    }

    /** Puts the id of the trace into the MDC. It reads the current span, so it has to be inside of carryTrace. */
    static Runnable logTraceId(Runnable task) {
        return () -> {
            MDC.put("trace", Span.current().getSpanContext().getTraceId());
            try {
                task.run();
            } finally {
                MDC.remove("trace");
            }
        };
    }

    /** The outermost comes first: the MDC is copied, the span is made current, and then its trace's id is an entry. */
    static TaskDecorator requestContext() {
        TaskDecorator mdc = ContextExamples::carryMdc;
        return mdc.andThen(ContextExamples::carryTrace).andThen(ContextExamples::logTraceId);
    }

    /** A server whose tasks have the context of the request that spawns them. */
    static Supervisor open() {
        return Supervisor.builder().name("http").unowned().decorator(requestContext()).open();
    }

    /** Loops that outlive a request have a supervisor of their own, without a decorator: whoever spawns them. */
    static Supervisor openLoops(Supervisor server) {
        return Supervisor.builder().name("loops").unowned().parent(server).open();
    }

    /** The same for one task, and for OpenTelemetry alone: it is spawned with the root context. */
    static Task<Void> spawnAtRoot(Supervisor server, String name, Action loop) {
        return Context.root().wrapSupplier(() -> server.spawn(name, loop)).get();
    }

    /** The callback of an async task runs on the thread that completes the stage. This one brings its context along. */
    static <T> Task<T> fetch(
            Supervisor server, Callable<CompletionStage<T>> start, Consumer<? super Task<T>> callback) {
        return server.spawnAsync(start).onDone(Context.current().wrapConsumer(callback));
    }
}
