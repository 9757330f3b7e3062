/** Makes a web site of the Markdown files of this repository. */
@NullMarked
package dev.eventstream.website;

import org.jspecify.annotations.NullMarked;
