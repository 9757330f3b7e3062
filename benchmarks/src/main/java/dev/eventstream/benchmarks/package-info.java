/** Benchmarks: JMH for hot paths, and whole flows against real engines. */
@NullMarked
package dev.eventstream.benchmarks;

import org.jspecify.annotations.NullMarked;
