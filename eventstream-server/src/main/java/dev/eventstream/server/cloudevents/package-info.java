/** CloudEvents 1.0 over HTTP, read as events. */
@NullMarked
package dev.eventstream.server.cloudevents;

import org.jspecify.annotations.NullMarked;
