/** What can be wrong on the machine of a server. */
@NullMarked
package dev.eventstream.server.doctor;

import org.jspecify.annotations.NullMarked;
