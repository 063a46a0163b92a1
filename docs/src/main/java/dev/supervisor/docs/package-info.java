/** Examples that can be run; the documentation quotes them. */
package dev.supervisor.docs;
