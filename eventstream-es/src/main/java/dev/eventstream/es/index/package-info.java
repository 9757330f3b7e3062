/** The template for new indices: what it contains, and what the cluster has of it. Internal. */
@NullMarked
package dev.eventstream.es.index;

import org.jspecify.annotations.NullMarked;
