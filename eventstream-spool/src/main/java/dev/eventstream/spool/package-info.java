/** What is kept on local disk, in MapDB files: the spool, its dead letters, and large ID tables. */
@NullMarked
package dev.eventstream.spool;

import org.jspecify.annotations.NullMarked;
