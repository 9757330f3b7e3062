/** Detection of the engine and its abilities. Internal. */
@NullMarked
package dev.eventstream.es.engine;

import org.jspecify.annotations.NullMarked;
