/**
 * Spring Boot's auto-configuration of an {@link dev.eventstream.EventStream}.
 *
 * <p>Start with {@link dev.eventstream.spring.EventStreamProperties}, and inject the stream.
 */
@NullMarked
package dev.eventstream.spring;

import org.jspecify.annotations.NullMarked;
