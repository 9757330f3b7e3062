/**
 * Document ids that follow from what clients call their events, so that an event sent again gets
 * the same id.
 */
@NullMarked
package dev.eventstream.server.idempotency;

import org.jspecify.annotations.NullMarked;
