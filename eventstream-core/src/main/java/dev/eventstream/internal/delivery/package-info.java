/**
 * Delivers accepted documents: admission, batching, attempts, retries, spooling and replay.
 * Internal.
 */
@NullMarked
package dev.eventstream.internal.delivery;

import org.jspecify.annotations.NullMarked;
