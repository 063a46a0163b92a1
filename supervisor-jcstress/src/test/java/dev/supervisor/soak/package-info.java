/**
 * The soak: everything that users do to supervisors, at random and for as long as one likes, while the books are kept.
 *
 * <p>It uses the public API only. To be read in this order: {@code Soak}, what happens; {@code Entry}, {@code Ledger},
 * what is checked of each task and of each supervisor; {@code SupervisorUnderTest}, {@code Body}, what is done to and by tasks;
 * {@code Rounds}, {@code ExitScenario}, how supervisors are opened and left; {@code Series}, {@code Plot}, what is measured.
 *
 * <p>The soak of nested scopes stands by itself: {@code NestingSoak} and {@code NestingRound}, what happens; {@code
 * NestedCode} and {@code NestedScopes}, what a task does; {@code Cancellation}, {@code NestedScope} and {@code Frames},
 * what is known of it; {@code CancellationLedger}, what is found.
 */
package dev.supervisor.soak;
