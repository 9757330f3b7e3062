/** Who may send events, and who they are: keys and addresses. Knows no HTTP server. */
@NullMarked
package dev.eventstream.server.access;

import org.jspecify.annotations.NullMarked;
