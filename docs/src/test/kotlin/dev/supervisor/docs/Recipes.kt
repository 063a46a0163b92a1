package dev.supervisor.docs

import dev.supervisor.Supervisor
import dev.supervisor.Task
import java.util.concurrent.Callable
import kotlin.time.Duration
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeout

/** A spawn that takes its type from the body: no value is lost. */
fun <T> Supervisor.task(name: String, body: () -> T): Task<T> = spawn<T>(name, Callable { body() })

/** Waits for a task, and holds no thread meanwhile. A coroutine that is cancelled cancels the task. */
suspend fun <T> Task<T>.await(): T = suspendCancellableCoroutine { coroutine ->
    onDone { task -> coroutine.resumeWith(runCatching { task.get() }) }
    coroutine.invokeOnCancellation { cancel() }
}

/** Code that suspends asks code that blocks, for so long. */
suspend fun price(shop: Supervisor, item: String, limit: Duration, ask: (String) -> Int): String {
    val price = withTimeout(limit) { shop.task("price of $item") { ask(item) }.await() }
    return "$item: $price"
}
