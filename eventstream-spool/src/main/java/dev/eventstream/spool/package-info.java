/** What is kept on local disk, in MapDB files. */
@NullMarked
package dev.eventstream.spool;

import org.jspecify.annotations.NullMarked;
