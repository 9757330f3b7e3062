/** What prevents a cluster from indexing events, or soon will. */
@NullMarked
package dev.eventstream.es.doctor;

import org.jspecify.annotations.NullMarked;
