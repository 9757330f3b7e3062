/**
 * The template for new indices: what it contains, what the cluster has of it, and its installation.
 */
@NullMarked
package dev.eventstream.es.template;

import org.jspecify.annotations.NullMarked;
