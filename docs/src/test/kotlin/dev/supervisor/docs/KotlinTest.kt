package dev.supervisor.docs

import dev.supervisor.Supervisor
import dev.supervisor.Supervisor.State
import dev.supervisor.Task
import dev.supervisor.Tasks
import java.time.Duration
import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.delay
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** How the API is used from Kotlin, and what Kotlin makes of it. */
class KotlinTest {

    private val ages = Duration.ofHours(1)

    @Test
    fun runWaitsForEveryTask() {
        val sum = AtomicInteger()
        Supervisor.run<Exception> { supervisor ->
            for (i in 1..10) {
                supervisor.spawn("add $i") { sum.addAndGet(i) }
            }
        }
        assertEquals(55, sum.get())
    }

    @Test
    fun callReturnsAValue() {
        val answer = Supervisor.call<Int, Exception> { supervisor ->
            supervisor.spawn<Int> { 42 }.join()
        }
        assertEquals(42, answer)
    }

    @Test
    fun withoutATypeTheValueIsLost() {
        Supervisor.run<Exception> { supervisor ->
            val action: Task<Void?> = supervisor.spawn { 42 }           // an Action, without a word
            val number: Task<Int> = supervisor.spawn<Int> { 42 }        // a Callable
            val named: Task<Int> = supervisor.spawn<Int>("answer") { 42 }
            assertNull(action.get())
            assertEquals(42, number.get())
            assertEquals(42, named.get())
        }
    }

    @Test
    fun aNullableTypeMayBeNull() {
        Supervisor.run<Exception> { supervisor ->
            val found: Task<String?> = supervisor.spawn<String?> { null }
            assertNull(found.get())
        }
    }

    @Test
    fun aBodyMayKnowItself() {
        Supervisor.run<Exception> { supervisor ->
            val answer: Task<Int> = supervisor.spawnWithSelf { self ->
                if (self.isCancelRequested) 0 else self.shield<Int, Exception>(Duration.ofSeconds(5)) { 42 }
            }
            assertEquals(42, answer.get())
        }
    }

    @Test
    fun otherSpawnsTakeNoType() {
        Supervisor.builder().maxTasks(1).run<Exception> { supervisor ->
            val release = CountDownLatch(1)
            val first: Task<Int>? = supervisor.trySpawn { release.await(); 42 }
            assertNull(supervisor.trySpawn { 43 })
            release.countDown()
            assertEquals(42, first?.get())
        }
        Supervisor.run<Exception> { supervisor ->
            val async: Task<Int> = supervisor.spawnAsync { CompletableFuture.completedFuture(42) }
            assertEquals(42, async.get())
        }
    }

    @Test
    fun specs() {
        Supervisor.run<Exception> { supervisor ->
            val done = AtomicInteger()
            val queries = supervisor.spec("query")
                .timeout(ages)
                .onDone { task -> done.addAndGet(task.get() as Int) }
                .onCancel { done.set(-1) }
                .onDrain { }
            val query: Task<Int> = queries.spawn<Int> { 40 }
            val tried: Task<Int>? = queries.trySpawn { 1 }
            val async: Task<Int> = queries.spawnAsync { CompletableFuture.completedFuture(1) }
            assertEquals(42, query.get() + tried!!.get() + async.get())
            assertNull(queries.spawnWithSelf<String?> { self -> if (self.isCancelRequested) "cancelled" else null }
                .onDone { done.addAndGet(-1) }
                .get())
        }
    }

    @Test
    fun composing() {
        val bodies = listOf(Callable { 1 }, Callable { 2 })
        val all: List<Int> = Tasks.all(bodies)
        val named: List<Int> = Tasks.all(Supervisor.builder().name("named"), bodies)
        assertEquals(all, named)
        assertEquals(3, Tasks.allSettled(bodies).sumOf { task -> task.get() })
        assertEquals(1, Tasks.firstSuccessful(bodies.take(1)))
        val nothing: String? = Tasks.firstCompleted(listOf(Callable<String?> { null }))
        assertNull(nothing)
        assertEquals(3, Tasks.asCompleted(bodies).use { tasks -> tasks.sumOf { it.get() } })
        Tasks.map(generateSequence(1) { it + 1 }.asIterable(), 4) { input -> input * 2 }.use { results ->
            assertEquals(listOf(2, 4, 6), results.take(3))
        }
        assertEquals(setOf(2, 4), Tasks.mapUnordered(Supervisor.builder(), 1..2, 4) { it * 2 }.use { it.toSet() })
    }

    /** The scope is cancelled, or has ended, first, also what is suspended as the stop begins; then the supervisor drains. */
    @Test
    fun coroutinesRunOnASupervisor() {
        val tasks = AtomicInteger()
        val supervisor = Supervisor.builder().name("coroutines").unowned()
            .decorator { task -> tasks.incrementAndGet(); task }
            .open()
        val dispatcher = supervisor.asCoroutineDispatcher()
        val scope = CoroutineScope(dispatcher + Job())
        val sum = AtomicInteger()
        val release = CompletableDeferred<Unit>()
        for (i in 1..100) {
            scope.launch {
                delay(1)
                release.await()
                sum.addAndGet(i)
            }
        }
        val drained = CompletableFuture<Boolean>()
        val stopper = Thread {
            runBlocking {
                scope.coroutineContext.job.children.forEach { it.join() }
            }
            drained.complete(supervisor.drain(ages))
        }
        stopper.isDaemon = true
        stopper.start()
        Poll.until("it waits for the coroutines") {
            stopper.state == Thread.State.WAITING || stopper.state == Thread.State.TIMED_WAITING
        }
        assertEquals(0, sum.get())
        release.complete(Unit)
        assertTrue(drained.get())
        assertEquals(5050, sum.get())
        assertEquals(State.FINISHED, supervisor.state())
        assertTrue(tasks.get() >= 100)
    }

    /** The dispatcher of the view owns it: its close seals the supervisor. */
    @Test
    fun closingADispatcherSealsTheSupervisor() {
        Supervisor.builder().unowned().open().use { supervisor ->
            val dispatcher = supervisor.asExecutorService().asCoroutineDispatcher()
            assertEquals(42, runBlocking(dispatcher) { 42 })
            dispatcher.close()
            assertTrue(supervisor.drain(ages))
            assertThrows(RejectedExecutionException::class.java) { supervisor.spawn { } }
        }
    }
}
