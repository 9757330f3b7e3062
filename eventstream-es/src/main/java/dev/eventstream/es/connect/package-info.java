/**
 * Connections to the cluster: URLs, credentials, headers, TLS, transport, and the search for nodes.
 * Internal.
 */
@NullMarked
package dev.eventstream.es.connect;

import org.jspecify.annotations.NullMarked;
