/** What can be wrong beside the cluster: settings, machine and spool. */
@NullMarked
package dev.eventstream.server.doctor;

import org.jspecify.annotations.NullMarked;
