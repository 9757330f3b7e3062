/** TLS with certificates from PEM files, looked at again when they change. */
@NullMarked
package dev.eventstream.es.tls;

import org.jspecify.annotations.NullMarked;
