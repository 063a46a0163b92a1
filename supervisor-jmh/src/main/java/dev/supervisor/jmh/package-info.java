/**
 * What supervision costs, measured by JMH. To be read in this order:
 *
 * <ol>
 * <li>{@code Peer}, {@code Work}, {@code Peers}: a scope that starts tasks and waits for them; what tasks do; who is
 *     compared. {@code ThreadPerTask}, {@code KotlinPeer}, {@code Jdk25}: peers that take more than a few lines
 * <li>{@code PeerParam}, {@code Timed}: the peer as a parameter; how a benchmark is measured that says nothing else
 * <li>{@code SpawnJoin}, {@code SmallScope}, {@code Accounting}, {@code LongLived}, {@code FanIn}, {@code Latency},
 *     {@code Abort} with {@code Sleepers}, {@code Composing} with {@code Composer}: a question each. {@code LiveSet} lies
 *     in the package of the core, whose set it drives; {@code Retained} is a program
 * <li>{@code Suite}: all of them, in rounds; {@code Guard}: a bound against accidents
 * <li>{@code Results}, {@code Report}, {@code Plots}: from raw results to tables and plots
 * </ol>
 *
 * <p>The package {@code alternatives} holds the designs that were rejected.
 */
package dev.supervisor.jmh;
