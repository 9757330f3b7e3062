/** Steps that enrich events and replace personal data. */
@NullMarked
package dev.eventstream.examples.transformer;

import org.jspecify.annotations.NullMarked;
