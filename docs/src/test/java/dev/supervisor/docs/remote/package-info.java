/**
 * Tasks whose bodies run on the members of a Hazelcast cluster: {@code docs/remote.md} explains it. {@link
 * dev.supervisor.docs.remote.RemoteTasks} is the side that spawns, {@link dev.supervisor.docs.remote.Worker} the side
 * that runs.
 */
package dev.supervisor.docs.remote;
