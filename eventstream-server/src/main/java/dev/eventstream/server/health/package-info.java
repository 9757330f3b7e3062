/** Liveness, readiness and the health report. */
@NullMarked
package dev.eventstream.server.health;

import org.jspecify.annotations.NullMarked;
