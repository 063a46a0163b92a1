/**
 * The soak: everything that users do to supervisors, at random and for as long as one likes, while the books are kept.
 *
 * <p>It uses the public API only. To be read in this order: {@code Soak}, what happens; {@code Entry}, {@code Book},
 * what is checked of each task and of each supervisor; {@code Scope}, {@code Body}, what is done to and by tasks;
 * {@code Rounds}, {@code Leaving}, how supervisors are opened and left; {@code Series}, {@code Plot}, what is measured.
 */
package dev.supervisor.soak;
