package dev.supervisor.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.supervisor.Supervisor;
import dev.supervisor.Task;
import dev.supervisor.TaskDecorator;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;

/** OpenTelemetry's context: the value is in the baggage, and the spans are those of the SDK. */
class ContextOpenTelemetryTest extends ThreadContextContract {

    private static final Spans SPANS = new Spans();
    private static final SdkTracerProvider SDK =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(SPANS)).build();
    private static final Tracer TRACER = SDK.get("test");

    /** Where the SDK exports a span to when it has ended. */
    private static final class Spans implements SpanExporter {

        private final Map<String, SpanData> byName = new ConcurrentHashMap<>();

        @Override
        public CompletableResultCode export(Collection<SpanData> ended) {
            ended.forEach(span -> byName.put(span.getName(), span));
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private final Span request = TRACER.spanBuilder("request").startSpan();

    @AfterEach
    void forgetSpans() {
        SPANS.byName.clear();
    }

    @AfterAll
    static void close() {
        SDK.close();
    }

    @Override
    TaskDecorator recipe() {
        return ContextExamples::carryTrace;
    }

    @Override
    <T> T with(String value, Callable<T> block) throws Exception {
        return inBaggage(value).wrap(block).call();
    }

    @Override
    String value() {
        return Baggage.current().getEntryValue("request");
    }

    @Override
    void leave(String value) {
        inBaggage(value).makeCurrent();
    }

    private static Context inBaggage(String value) {
        return Context.current().with(Baggage.builder().put("request", value).build());
    }

    private <T> T inRequest(Callable<T> block) throws Exception {
        return Context.root().with(request).wrap(block).call();
    }

    private static String traceId() {
        return Span.current().getSpanContext().getTraceId();
    }

    @ParameterizedTest
    @EnumSource
    void theSpanOfATaskIsAChildOfTheRequests(Kind kind) throws Exception {
        Supervisor supervisor = open(kind);
        inRequest(() -> supervisor.spawn(() -> TRACER.spanBuilder("part").startSpan().end()));
        supervisor.spawn(() -> TRACER.spanBuilder("alone").startSpan().end());
        assertTrue(supervisor.drain(AGES));
        assertEquals(request.getSpanContext(), SPANS.byName.get("part").getParentSpanContext());
        assertFalse(SPANS.byName.get("alone").getParentSpanContext().isValid());
    }

    @ParameterizedTest
    @EnumSource
    void ofThreeDecoratorsEachSeesWhatThoseAroundItHaveSet(Kind kind) throws Exception {
        Supervisor supervisor = open(builder(kind).decorator(ContextExamples.requestContext()));
        MDC.put("user", "ada");
        try {
            assertEquals("ada in " + request.getSpanContext().getTraceId(), inRequest(() ->
                supervisor.spawn(() -> MDC.get("user") + " in " + MDC.get("trace"))).get());
        } finally {
            MDC.clear();
        }
        assertEquals("null in " + traceId(), supervisor.spawn(() -> MDC.get("user") + " in " + MDC.get("trace")).get());
    }

    @ParameterizedTest
    @EnumSource(names = "CALLER_RUNS", mode = EnumSource.Mode.EXCLUDE)
    void inTheWrongOrderTheTraceIsNotThereYetOrItsEntryIsGone(Kind kind) throws Exception {
        TaskDecorator logTraceId = ContextExamples::logTraceId;
        Supervisor early = open(builder(kind).decorator(logTraceId.andThen(ContextExamples::carryTrace)));
        assertEquals(traceId(), inRequest(() -> early.spawn(() -> MDC.get("trace"))).get());
        Supervisor outer = open(builder(kind).decorator(logTraceId.andThen(ContextExamples::carryMdc)));
        assertNull(inRequest(() -> outer.spawn(() -> MDC.get("trace"))).get());
    }

    @Test
    void aServerHasAllOfIt() throws Exception {
        Supervisor server = remember(ContextExamples.open());
        assertEquals(request.getSpanContext().getTraceId(),
            inRequest(() -> server.spawn(() -> MDC.get("trace"))).get());
    }

    @ParameterizedTest
    @EnumSource
    void aLoopThatIsSpawnedAtTheRootHasNoPartInTheTrace(Kind kind) throws Exception {
        Supervisor server = open(kind);
        CompletableFuture<String> loop = new CompletableFuture<>();
        CompletableFuture<Task<String>> round = new CompletableFuture<>();
        inRequest(() -> ContextExamples.spawnAtRoot(server, "loop", () -> {
            round.complete(server.spawn(ContextOpenTelemetryTest::traceId));
            loop.complete(traceId());
        }));
        assertEquals(traceId(), loop.get());
        assertEquals(traceId(), round.get().get());
    }

    @Test
    void neitherHasALoopOfASupervisorWithoutADecorator() throws Exception {
        Supervisor server = remember(ContextExamples.open());
        Supervisor loops = remember(ContextExamples.openLoops(server));
        assertEquals(traceId() + null, inRequest(() ->
            loops.spawn(() -> traceId() + MDC.get("trace"))).get());
    }

    @Test
    void aCallbackThatIsWrappedBringsItsContextAlong() throws Exception {
        Supervisor server = open(Kind.DEFAULT);
        CompletableFuture<String> exchange = new CompletableFuture<>();
        CompletableFuture<String> plain = new CompletableFuture<>();
        CompletableFuture<String> wrapped = new CompletableFuture<>();
        CountDownLatch started = new CountDownLatch(1);
        inRequest(() -> ContextExamples.fetch(server, () -> {
            assertEquals(request, Span.current());
            started.countDown();
            return exchange;
        }, task -> wrapped.complete(traceId())).onDone(task -> plain.complete(traceId())));
        started.await();
        exchange.complete("an answer");             // by a thread that knows nothing of the request
        assertEquals(traceId(), plain.get());
        assertEquals(request.getSpanContext().getTraceId(), wrapped.get());
    }
}
