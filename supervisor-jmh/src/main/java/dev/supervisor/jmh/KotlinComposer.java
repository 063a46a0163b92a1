package dev.supervisor.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kotlin.ResultKt;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.coroutines.jvm.internal.SuspendLambda;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.AwaitKt;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Deferred;
import kotlinx.coroutines.Dispatchers;

/** Kotlin's {@code awaitAll} of {@code async}, on {@code Dispatchers.Default}; it has no thread for each task. */
final class KotlinComposer implements Composer {

    @Override
    @SuppressWarnings("unchecked")
    public List<Integer> all(List<Callable<Integer>> bodies) throws InterruptedException {
        return (List<Integer>) BuildersKt.<List<? extends Integer>>runBlocking(EmptyCoroutineContext.INSTANCE, (scope, caller) -> {
            List<Deferred<Integer>> all = new ArrayList<>(bodies.size());
            for (Callable<Integer> body : bodies) {
                all.add(BuildersKt.async(scope, Dispatchers.getDefault(), CoroutineStart.DEFAULT, new Body(body, null)));
            }
            return AwaitKt.awaitAll(all, caller);
        });
    }

    @Override
    public Integer first(List<Callable<Integer>> bodies) {
        throw new UnsupportedOperationException("Not asked");
    }

    @Override
    public long map(List<Integer> inputs, int limit) {
        throw new UnsupportedOperationException("Not asked");
    }

    /** What Kotlin's compiler makes of <code>{ body.call() }</code>, as {@link KotlinPeer} has it. */
    private static final class Body extends SuspendLambda
            implements Function2<CoroutineScope, Continuation<? super Integer>, Object> {

        private static final long serialVersionUID = 1L;

        private final transient Callable<Integer> body;

        Body(Callable<Integer> body, Continuation<Object> completion) {
            super(2, completion);
            this.body = body;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Continuation<Unit> create(Object scope, Continuation<?> completion) {
            return (Continuation<Unit>) (Continuation<?>) new Body(body, (Continuation<Object>) completion);
        }

        @Override
        public Object invoke(CoroutineScope scope, Continuation<? super Integer> completion) {
            return ((Body) (Object) create(scope, completion)).invokeSuspend(Unit.INSTANCE);
        }

        @Override
        public Object invokeSuspend(Object result) {
            ResultKt.throwOnFailure(result);
            try {
                return body.call();
            } catch (Exception thrown) {
                throw new IllegalStateException(thrown);
            }
        }
    }
}
