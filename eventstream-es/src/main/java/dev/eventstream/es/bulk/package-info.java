/** The bulk API: request bodies, answers, and their classification. Internal. */
@NullMarked
package dev.eventstream.es.bulk;

import org.jspecify.annotations.NullMarked;
