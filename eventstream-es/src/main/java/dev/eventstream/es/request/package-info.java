/** Requests beside documents, whose answers are waited for. Internal. */
@NullMarked
package dev.eventstream.es.request;

import org.jspecify.annotations.NullMarked;
