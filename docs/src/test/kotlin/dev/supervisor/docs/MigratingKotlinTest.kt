package dev.supervisor.docs

import dev.supervisor.Supervisor
import dev.supervisor.Task
import dev.supervisor.Task.Status
import java.io.IOException
import java.time.Duration
import java.util.concurrent.Callable
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.runInterruptible
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What `docs/migrating.md` says of Kotlin's scopes: each claim is tried on both sides. */
class MigratingKotlinTest {

    private val failure = IOException("on purpose")
    private val reported = ConcurrentLinkedQueue<Throwable>()
    private val builder = Supervisor.builder().onFailure { _, thrown -> reported.add(thrown) }

    @Test
    fun bothMakeAPage() {
        assertEquals("ann: 3", runBlocking { pageInScope({ "ann" }, { "3" }) })
        assertEquals("ann: 3", pageOfTasks({ "ann" }, { "3" }))
    }

    @Test
    fun aFailureOfOneCancelsTheOther() {
        val cancelled = AtomicBoolean()
        val begun = CompletableDeferred<Unit>()
        assertThrows(IOException::class.java) {
            runBlocking {
                pageInScope({
                    try {
                        begun.complete(Unit)
                        awaitCancellation()
                    } finally {
                        cancelled.set(true)
                    }
                }, { begun.await(); throw IOException("on purpose") })
            }
        }
        assertTrue(cancelled.get())
        val thrown = assertThrows(ExecutionException::class.java) {
            pageOfTasks({ CountDownLatch(1).await(); "never" }, { throw failure })
        }
        assertSame(failure, thrown.cause)
    }

    @Test
    fun aFailureLeavesTheOthersAlone() {
        val sent = AtomicInteger()
        val handled = AtomicInteger()
        val handler = CoroutineExceptionHandler { _, _ -> handled.incrementAndGet() }
        runBlocking(handler) {
            sendInScope(listOf({ throw failure }, { sent.incrementAndGet() }))
        }
        assertEquals(1, handled.get())
        sendUnderSupervisor(builder, listOf({ throw failure }, { sent.incrementAndGet() }))
        assertEquals(2, sent.get())
        assertEquals(listOf<Throwable>(failure), reported.toList())
    }

    @Test
    fun asyncKeepsItsFailureAndSpawnReportsIt() {
        val handled = AtomicInteger()
        runBlocking(CoroutineExceptionHandler { _, _ -> handled.incrementAndGet() }) {
            supervisorScope {
                val unasked: Deferred<Int> = async { throw failure }
                unasked.join()
            }
        }
        assertEquals(0, handled.get())
        builder.run<Exception> { supervisor ->
            val unasked: Task<Int> = supervisor.spawn<Int> { throw failure }
            assertThrows(ExecutionException::class.java) { unasked.get() }
        }
        assertEquals(listOf<Throwable>(failure), reported.toList())
    }

    @Test
    fun aBlockThatThrowsCancelsThereAndWaitsHere() {
        val cancelled = AtomicInteger()
        assertThrows(IOException::class.java) {
            runBlocking {
                supervisorScope {
                    val begun = CompletableDeferred<Unit>()
                    launch {
                        try {
                            begun.complete(Unit)
                            awaitCancellation()
                        } finally {
                            cancelled.incrementAndGet()
                        }
                    }
                    begun.await()
                    throw IOException("on purpose")
                }
            }
        }
        assertEquals(1, cancelled.get())
        val release = CountDownLatch(1)
        var task: Task<String>? = null
        assertThrows(IOException::class.java) {
            builder.run<Exception> { supervisor ->
                task = supervisor.spawn<String> { release.await(); "whole" }
                Threads.run {
                    Poll.until("it waits") { supervisor.state() == Supervisor.State.EXITING }
                    release.countDown()
                }
                throw failure
            }
        }
        assertEquals("whole", task!!.get())
    }

    @Test
    fun aCancelledCoroutineLeavesARunAloneUnlessItIsInterruptible() {
        val begun = CompletableDeferred<Unit>()
        var task: Task<Int>? = null
        runBlocking {
            val job = launch {
                runInterruptible(Dispatchers.IO) {
                    builder.run<Exception> { supervisor ->
                        task = supervisor.spawn<Int> { CountDownLatch(1).await(); 42 }
                        begun.complete(Unit)
                    }
                }
            }
            begun.await()
            job.cancelAndJoin()
        }
        assertEquals(Status.CANCELLED, task!!.status())
        val second = CompletableDeferred<Unit>()
        val release = CountDownLatch(1)
        var untouched: Task<Int>? = null
        runBlocking {
            val job = launch(Dispatchers.IO) {
                builder.run<Exception> { supervisor ->
                    untouched = supervisor.spawn<Int> { release.await(); 42 }
                    second.complete(Unit)
                }
            }
            second.await()
            job.cancel()
            assertFalse(untouched!!.isCancelRequested)
            release.countDown()
        }
        assertEquals(42, untouched!!.get())
    }

    @Test
    fun aShieldIsWhatNonCancellableIs() {
        val release = CompletableDeferred<Unit>()
        val whole = AtomicInteger()
        runBlocking {
            val begun = CompletableDeferred<Unit>()
            val job = launch {
                withContext(NonCancellable) { begun.complete(Unit); release.await(); whole.incrementAndGet() }
            }
            begun.await()
            job.cancel()
            release.complete(Unit)
        }
        val gate = CountDownLatch(1)
        val inside = CountDownLatch(1)
        builder.run<Exception> { supervisor ->
            val task = supervisor.spawnWithSelf { self ->
                self.shield<Int, Exception>(Duration.ofHours(1)) {
                    inside.countDown()
                    gate.await()
                    whole.incrementAndGet()
                }
            }
            inside.await()
            task.cancel()
            gate.countDown()
        }
        assertEquals(2, whole.get())
    }
}
