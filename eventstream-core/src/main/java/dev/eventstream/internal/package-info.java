/** Internal code shared by eventstream's modules. Not part of the API. */
@NullMarked
package dev.eventstream.internal;

import org.jspecify.annotations.NullMarked;
