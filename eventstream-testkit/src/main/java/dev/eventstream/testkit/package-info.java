/**
 * Real engines for tests: Elasticsearch and OpenSearch nodes from Maven Central as child processes,
 * without Docker.
 *
 * <p>Start with {@link dev.eventstream.testkit.RealEngine}, or in JUnit Jupiter with {@link
 * dev.eventstream.testkit.EngineExtension}. {@link dev.eventstream.testkit.FaultProxy} stands
 * before an engine and injects faults.
 */
@NullMarked
package dev.eventstream.testkit;

import org.jspecify.annotations.NullMarked;
