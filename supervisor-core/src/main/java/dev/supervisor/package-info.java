/** A long-lived scope for an indefinite set of tasks. */
@NullMarked
package dev.supervisor;

import org.jspecify.annotations.NullMarked;
