/** Text as UTF-8 bytes: JSON strings, and maps that are looked up by bytes. Internal. */
@NullMarked
package dev.eventstream.internal.text;

import org.jspecify.annotations.NullMarked;
