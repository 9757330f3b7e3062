/** The HTTP server: routing, answers, problems, connections, and the page. */
@NullMarked
package dev.eventstream.server.http;

import org.jspecify.annotations.NullMarked;
