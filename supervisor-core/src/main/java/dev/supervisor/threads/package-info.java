/** Where tasks get a thread from. These classes know neither supervisors nor what they do with tasks. */
@NullMarked
package dev.supervisor.threads;


import org.jspecify.annotations.NullMarked;
