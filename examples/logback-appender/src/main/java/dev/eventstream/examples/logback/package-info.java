/** A Logback appender that publishes what an application logs. */
@NullMarked
package dev.eventstream.examples.logback;

import org.jspecify.annotations.NullMarked;
