/**
 * A long-lived scope for an indefinite set of tasks: any thread spawns, no failure disturbs a sibling, nothing of a
 * finished task is kept, and the scope ends only when every task has.
 *
 * <p>{@link dev.supervisor.Supervisor} is the scope, with its builder, and {@link dev.supervisor.Task} the handle to
 * what was spawned. {@link dev.supervisor.Completions} hands over tasks as they finish, {@link
 * dev.supervisor.FailureHandler} is called with failures, {@link dev.supervisor.TaskDecorator} wraps bodies, and {@link
 * dev.supervisor.BlockFailure} says what becomes of tasks when a block throws. {@link dev.supervisor.Tasks} composes the
 * results of tasks that belong to one operation.
 *
 * <p>The numbers of clauses (A3, C4, ...) refer to {@code docs/guarantees.md}; the reasons stand in {@code
 * docs/design.md} and {@code docs/decisions}. To read how it works, begin with the package {@code
 * dev.supervisor.engine}; where tasks get threads from is in {@code dev.supervisor.threads}.
 */
@NullMarked
package dev.supervisor;

import org.jspecify.annotations.NullMarked;
