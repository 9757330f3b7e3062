/** Event IDs from a REST service. */
@NullMarked
package dev.eventstream.examples.rest;

import org.jspecify.annotations.NullMarked;
