/**
 * Metrics of a supervisor for Micrometer (O6). Only who uses this package needs Micrometer; it is written on the public
 * API of {@link dev.supervisor}, where nothing refers to it. A module that uses it has to require {@code
 * micrometer.core}, too.
 */
@NullMarked
package dev.supervisor.micrometer;

import org.jspecify.annotations.NullMarked;
