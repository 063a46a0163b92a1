/**
 * The engine: how a supervisor decides which task is admitted, what becomes of a task, and when all is over. Its door
 * is {@code Scope}, the one implementation of {@link dev.supervisor.Supervisor}.
 *
 * <p>Six files carry the way of a task from its spawn to its end. Read them in this order. A line that decides a race,
 * here or in another file, ends with {@code // decides} and the name of the race under jcstress, or of the model
 * check, that attacks it.
 * <ol>
 * <li>{@code Lifecycle}: what has been decided about the supervisor, in one word: by a seal, an abort, an exit.
 * <li>{@code Admission}: the way of a spawn, and how it is undone. It decides between a spawn and an abort.
 * <li>{@code Census} with {@code Stripe}: counts tasks in and out. It decides between a spawn and the last completion,
 *     and so when all is over.
 * <li>{@code LiveTasks} with {@code Segment}: the lock-free set of live tasks. It decides which task has which
 *     slot, and that an abort finds each.
 * <li>{@code TaskState} with {@code Window}: the state machine of one task. It decides between its start, its end, and
 * those that cancel it.
 * <li>{@code Completion}: what follows the end of a task, in steps that another thread can go on with.
 * </ol>
 *
 * <p>The rest, when you need it:
 * <ul>
 * <li>Of the census: {@code Stripes}, to which stripe a thread goes; {@code Termination}, the Phaser that
 *     terminates when all is over; {@code EndLatch}, on which threads wait for that. Of the set: {@code Segment}, a run
 *     of slots.
 * <li>Of a task: {@code ObservedTask}, the list of those that observe it; {@code Callback} and {@code Followers},
 *     the nodes of the list; {@code TaskBody}, which runs the body; {@code SupervisedTask}, the handle; {@code
 *     TaskFuture}, the task as a CompletableFuture; {@code DecoratedBody} and {@code RunOnly}, bodies in a wrapping;
 *     {@code Outcome}, what a thrown body means.
 * <li>What a thread is running, and whom an interrupt reaches: {@code Window}, a body or a block, and the handshake
 *     of a canceller with the thread that leaves it; {@code WindowStack}, the windows of one thread; {@code Chain},
 *     where a thread has them; {@code Owner}, the block of an owner as a window; {@code Ancestor}, {@code Inside} and
 *     {@code SelfWait}, the tasks that a thread is inside of, and the waits that are refused there.
 * <li>What ends a supervisor: {@code Abort}, one pass over all tasks; {@code Exit}, in which order {@code join},
 *     {@code close}, {@code shutdown} and {@code run} do things; {@code FatalErrors}; {@code ShuttingDownException},
 *     the refusal that ends a body like a cancellation.
 * <li>What hears of failures: {@code FailureLog}, {@code LogLimit} and {@code LogTimer}, the default handler; {@code
 *     Uncaught}, the last resort.
 * <li>For servers: {@code Spec} and {@code Specified}, tasks with options; {@code Hook} and {@code Hooks}; {@code
 *     Drain}; {@code Permits}, the limit of tasks; {@code Deadlines}, {@code Alarm} and {@code Expiry}, time limits;
 *     {@code AsyncTask}, a task that no thread runs; {@code ChildTask}, a supervisor as a task of its parent; {@code
 *     SelfTask}, the shield; {@code ExecutorView}; {@code JvmExit}. {@code Options} says which of these a supervisor
 *     has, and {@code Extras} holds them, so that others carry one null.
 * <li>For operators: {@code Tally}, what is counted besides the stripes, and {@code Stats}, a snapshot of both; {@code
 *     RecordedBody}, by which times are recorded and an observer is told, and the flight recorder; {@code NamedScopes}, the open supervisors that
 *     were given a name; {@code Dump}, the tree of one as text; {@code LongWait}, the wait of an exit or a drain, which
 *     says in the log what it waits for, with {@code LiveReport}, what tasks are doing, and {@code WaitClock}, the time;
 *     {@code Leaks} and {@code Opening}, supervisors that no thread leaves, if that is asked for.
 * <li>{@code CompletionQueue}, finished tasks in a queue of JCTools; {@code Waits}, how a thread blocks, on pools that
 *     compensate too; {@code Settings}, what a builder was given; {@code FirstUse}, which uses everything once before a
 *     user does; {@code StackRoom}, by which a thread asks for room on its stack before it begins.
 * </ul>
 *
 * <p>A class whose fields several threads write says in one block comment which values and transitions there are, and
 * why they are right. The table of all such fields is in {@code docs/design.md}.
 */
@NullMarked
package dev.supervisor.engine;

import org.jspecify.annotations.NullMarked;
