/** Benchmarks: JMH for hot paths, and complete flows with real engines. */
@NullMarked
package dev.eventstream.benchmarks;

import org.jspecify.annotations.NullMarked;
