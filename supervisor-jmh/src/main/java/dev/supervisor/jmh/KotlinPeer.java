package dev.supervisor.jmh;

import kotlin.ResultKt;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.coroutines.jvm.internal.SuspendLambda;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineScopeKt;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.SupervisorKt;

/** Kotlin's coroutines: {@code launch} in a scope with a {@code SupervisorJob}, on {@code Dispatchers.Default}. */
final class KotlinPeer implements Peer {

    @Override
    public Scope open(int tasks) {
        CompletableJob job = SupervisorKt.SupervisorJob(null);
        CoroutineScope scope = CoroutineScopeKt.CoroutineScope(job.plus(Dispatchers.getDefault()));
        return new Scope() {

            @Override
            public void start(Work work) {
                BuildersKt.launch(
                        scope, EmptyCoroutineContext.INSTANCE, CoroutineStart.DEFAULT, new Body(work, null));
            }

            @Override
            public void leave() throws InterruptedException {
                job.complete();
                BuildersKt.runBlocking(EmptyCoroutineContext.INSTANCE, (outer, caller) -> job.join(caller));
            }
        };
    }

    /** What Kotlin's compiler makes of <code>{ work.run() }</code>: a lambda of Java's would be wrapped once more. */
    private static final class Body extends SuspendLambda
            implements Function2<CoroutineScope, Continuation<? super Unit>, Object> {

        private static final long serialVersionUID = 1L;

        private final transient Work work;

        Body(Work work, Continuation<Object> completion) {
            super(2, completion);
            this.work = work;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Continuation<Unit> create(Object scope, Continuation<?> completion) {
            return (Continuation<Unit>) (Continuation<?>) new Body(work, (Continuation<Object>) completion);
        }

        @Override
        public Object invoke(CoroutineScope scope, Continuation<? super Unit> completion) {
            return ((Body) (Object) create(scope, completion)).invokeSuspend(Unit.INSTANCE);
        }

        @Override
        public Object invokeSuspend(Object result) {
            ResultKt.throwOnFailure(result);
            work.run();
            return Unit.INSTANCE;
        }
    }
}
