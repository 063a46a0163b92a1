package dev.supervisor.jmh;

import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.EmptyCoroutineContext;
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

            private Work last = Work.NONE;
            private Function2<CoroutineScope, Continuation<? super Unit>, Object> body = body(Work.NONE);

            @Override
            public void start(Work work) {
                if (work != last) {
                    last = work;
                    body = body(work);
                }
                BuildersKt.launch(scope, EmptyCoroutineContext.INSTANCE, CoroutineStart.DEFAULT, body);
            }

            @Override
            public void leave() throws InterruptedException {
                job.complete();
                BuildersKt.runBlocking(EmptyCoroutineContext.INSTANCE, (outer, caller) -> job.join(caller));
            }
        };
    }

    private static Function2<CoroutineScope, Continuation<? super Unit>, Object> body(Work work) {
        return (scope, caller) -> {
            work.run();
            return Unit.INSTANCE;
        };
    }
}
