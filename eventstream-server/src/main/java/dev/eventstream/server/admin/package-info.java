/** The API for operators on the admin port, and its client. */
@NullMarked
package dev.eventstream.server.admin;

import org.jspecify.annotations.NullMarked;
