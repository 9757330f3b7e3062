/**
 * TLS contexts from PEM files. {@link dev.eventstream.tls.TlsSettings} names the files, {@link
 * dev.eventstream.tls.ReloadingPem} reads them and follows their changes.
 */
@NullMarked
package dev.eventstream.tls;

import org.jspecify.annotations.NullMarked;
