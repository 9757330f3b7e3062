/** Which engine the sink talks to, and what that one wants. Internal. */
@NullMarked
package dev.eventstream.es.engine;

import org.jspecify.annotations.NullMarked;
