/**
 * Tests of Spring Boot applications with a real engine.
 *
 * <p>Start with {@link dev.eventstream.spring.test.EventStreamTest}.
 */
@NullMarked
package dev.eventstream.spring.test;

import org.jspecify.annotations.NullMarked;
