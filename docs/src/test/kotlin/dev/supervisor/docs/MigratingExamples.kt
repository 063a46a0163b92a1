package dev.supervisor.docs

import dev.supervisor.Supervisor
import dev.supervisor.Tasks
import java.util.concurrent.Callable
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope

/** In a coroutineScope: the first failure cancels the other, and is thrown. */
suspend fun pageInScope(user: suspend () -> String, orders: suspend () -> String): String = coroutineScope {
    val name = async { user() }
    val list = async { orders() }
    "${name.await()}: ${list.await()}"
}

/** By tasks: the same, on threads. */
fun pageOfTasks(user: Callable<String>, orders: Callable<String>): String {
    val (name, list) = Tasks.all(listOf(user, orders))
    return "$name: $list"
}

/** In a supervisorScope: a mail that fails goes to the CoroutineExceptionHandler of the context. */
suspend fun sendInScope(mails: List<suspend () -> Unit>) = supervisorScope {
    mails.forEach { mail -> launch { mail() } }
}

/** Under a supervisor: a mail that fails goes to its failure handler, which logs it unless you set another. */
fun sendUnderSupervisor(builder: Supervisor.Builder, mails: List<() -> Unit>) = builder.run<Exception> { supervisor ->
    mails.forEach { mail -> supervisor.spawn { mail() } }
}
