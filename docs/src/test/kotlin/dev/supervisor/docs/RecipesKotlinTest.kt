package dev.supervisor.docs

import dev.supervisor.Supervisor
import dev.supervisor.Task
import java.io.IOException
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.future.await as awaitFuture
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The recipe for Kotlin does what `docs/recipes.md` says of it. */
class RecipesKotlinTest {

    private val ages = Duration.ofHours(1)
    private val failure = IOException("on purpose")
    private val reported = ConcurrentLinkedQueue<Throwable>()
    private val shop = Supervisor.builder().unowned().onFailure { _, thrown -> reported.add(thrown) }.open()

    @AfterEach
    fun end() {
        shop.shutdown()
    }

    @Test
    fun aValueIsNotLost() {
        val task: Task<Int> = shop.task("answer") { 42 }
        assertEquals(42, task.get())
        assertEquals("answer", task.name())
        assertNull(shop.task<String?>("nothing") { null }.get())
    }

    @Test
    fun aCoroutineAsksATask() {
        assertEquals("tea: 3", runBlocking { price(shop, "tea", 1.hours) { 3 } })
        val thrown = assertThrows(ExecutionException::class.java) {
            runBlocking { price(shop, "tea", 1.hours) { throw failure } }
        }
        assertSame(failure, generateSequence<Throwable>(thrown) { it.cause }.last())   // coroutines may wrap it again
        assertTrue(shop.drain(ages))
        assertEquals(listOf<Throwable>(failure), reported.toList())
    }

    @Test
    fun aCoroutineThatIsCancelledCancelsTheTask() {
        val never = CountDownLatch(1)
        assertThrows(TimeoutCancellationException::class.java) {
            runBlocking { price(shop, "tea", 50.milliseconds) { never.await(); 3 } }
        }
        assertTrue(shop.drain(ages))
        assertEquals(1, shop.stats().cancelled())
        assertEquals(0, reported.size)
    }

    @Test
    fun theAwaitOfItsFutureInterruptsNoBody() {
        val begun = CountDownLatch(1)
        val release = CountDownLatch(1)
        val task = shop.task("price") { begun.countDown(); release.await(); 3 }
        begun.await()
        assertThrows(TimeoutCancellationException::class.java) {
            runBlocking { withTimeout(50.milliseconds) { task.toCompletableFuture().awaitFuture() } }
        }
        assertTrue(task.isCancelRequested)
        release.countDown()
        assertEquals(3, task.get())
    }
}
