/** From accepted documents to outcomes: admission, batching, attempts, retries. Internal. */
@NullMarked
package dev.eventstream.internal.delivery;

import org.jspecify.annotations.NullMarked;
