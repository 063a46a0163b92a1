/**
 * A long-lived scope for an indefinite set of tasks: any thread spawns, no failure disturbs a sibling, nothing of a
 * finished task is kept, and the scope ends only when every task has.
 *
 * <p>A user needs the public types: {@link dev.supervisor.Supervisor}, {@link dev.supervisor.Task}, and now and then
 * {@link dev.supervisor.Completions} and {@link dev.supervisor.TaskDecorator}. The numbers of clauses (A3, C4, ...)
 * refer to {@code docs/guarantees.md}; the reasons stand in {@code docs/design.md} and {@code docs/decisions}.
 *
 * <p>Whoever wants to know how it works reads the files in this order. A class whose fields several threads write says
 * in one block comment which values and transitions there are, and why they are right; the table of all such fields is
 * in {@code docs/design.md}.
 *
 * <p>What a user sees:
 * <ol>
 * <li>{@code Supervisor}: the scope, and the builder
 * <li>{@code Task}, {@code TaskCancelledException}: the handle, and what it throws of a cancelled task
 * <li>{@code Action}, {@code Block}, {@code BlockFunction}, {@code BlockFailure}: what may be run, as task or block
 * <li>{@code FailureHandler}, {@code TaskDecorator}: what is told of failures; what wraps bodies
 * <li>{@code Completions}: finished tasks as a queue, over one of JCTools
 * </ol>
 *
 * <p>What decides who is admitted and when it is over:
 * <ol start="6">
 * <li>{@code Lifecycle}: the state word, six flags that are set once; a spawn against an abort
 * <li>{@code Admission}, {@code ShuttingDownException}: the way of a spawn, and how it is undone; a refusal that ends
 *     a body like a cancellation
 * <li>{@code LiveTasks}, {@code Segment}, {@code Stripe}: the lock-free set of live tasks; a run of its slots; a part of
 *     it with its two counters
 * <li>{@code Census}: counts in and out; a spawn against the last completion
 * <li>{@code Stripes}: to which stripe a thread goes, and what becomes of threads that collide
 * <li>{@code Finish}: the Phaser that terminates when all is over
 * <li>{@code EndLatch}: the latch for those who wait for that
 * <li>{@code Waits}: how a thread blocks, on pools that compensate too
 * </ol>
 *
 * <p>What a thread is running, and whom an interrupt reaches:
 * <ol start="14">
 * <li>{@code Window}: the body of a task, or the block of an owner: the handshake of a canceller with the thread that
 *     leaves it
 * <li>{@code WindowStack}: the windows that are open on one thread; which of them is owed an interrupt
 * <li>{@code Owner}: the block of a supervisor's owner, as a window
 * <li>{@code Ancestor}, {@code Inside}: the tasks that a thread is inside of, so that it does not wait for one of them
 * </ol>
 *
 * <p>What becomes of one task:
 * <ol start="18">
 * <li>{@code TaskState}, {@code SupervisedTask}: its state machine, from PENDING to its outcome; what runs the body
 * <li>{@code Completion}: what follows the end, up to the moment that it stops counting as live, in steps that another
 *     thread can go on with
 * <li>{@code Callback}: the list of those who want to know of its end
 * <li>{@code Outcome}: what a thrown body means
 * <li>{@code DecoratedBody}, {@code TaskFuture}: a body in its wrapping; the task as a CompletableFuture
 * </ol>
 *
 * <p>What an end and a failure bring with them:
 * <ol start="23">
 * <li>{@code Sweep}: an abort, which tells every task; the pass that completes what nobody is at
 * <li>{@code Failures}, {@code FatalSlot}: reports, and the fatal error that is kept for the exit
 * <li>{@code FailureLog}, {@code LogLimit}, {@code LogTimer}: the default handler, what it may log, and its look at
 *     what it has left out
 * <li>{@code Uncaught}: where throwables go that nobody else can take
 * <li>{@code Exit}: {@code join}, {@code close}, {@code shutdown}, {@code run}: in which order all this happens
 * <li>{@code FirstUse}: everything is used once before a user does
 * </ol>
 *
 * <p>Where threads come from. Of the above, {@code Admission} gives it tasks, and {@code SupervisedTask} and {@code
 * WindowStack} ask it what windows a thread can have; the others do not know it:
 * <ol start="28">
 * <li>{@code Launcher}: virtual threads, the shared pool, a user's executor or thread factory
 * <li>{@code Settings}: what a builder was told
 * </ol>
 */
@NullMarked
package dev.supervisor;


import org.jspecify.annotations.NullMarked;
