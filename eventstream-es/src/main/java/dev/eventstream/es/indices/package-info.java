/**
 * The indices of a cluster, how those of events continue in new generations, and how long they are
 * kept.
 */
@NullMarked
package dev.eventstream.es.indices;

import org.jspecify.annotations.NullMarked;
