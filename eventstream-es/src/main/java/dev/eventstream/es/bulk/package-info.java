/** The bulk API: request bodies out, answers in. Internal. */
@NullMarked
package dev.eventstream.es.bulk;

import org.jspecify.annotations.NullMarked;
