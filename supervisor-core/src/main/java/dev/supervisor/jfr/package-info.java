/**
 * Events for the JDK's flight recorder, and the program that reads them from a recording (O5). The engine knows {@code
 * FlightRecording} alone, and that works without the module {@code jdk.jfr}: no other class is loaded then.
 */
@NullMarked
package dev.supervisor.jfr;

import org.jspecify.annotations.NullMarked;
