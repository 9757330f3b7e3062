/** A sink that writes documents to files. */
@NullMarked
package dev.eventstream.examples.file;

import org.jspecify.annotations.NullMarked;
