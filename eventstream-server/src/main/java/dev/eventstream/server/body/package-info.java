/** Request bodies: reads, decodes and drains them within bounds of size, memory and time. */
@NullMarked
package dev.eventstream.server.body;

import org.jspecify.annotations.NullMarked;
