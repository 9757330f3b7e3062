/** Imports the queue file of the predecessor. */
@NullMarked
package dev.eventstream.server.importer;

import org.jspecify.annotations.NullMarked;
