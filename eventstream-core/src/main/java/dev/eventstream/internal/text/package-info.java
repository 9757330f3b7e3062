/** Text as the UTF-8 bytes it came as: strings of JSON, and maps probed by bytes. Internal. */
@NullMarked
package dev.eventstream.internal.text;

import org.jspecify.annotations.NullMarked;
