/** The server and a real engine in one command. */
@NullMarked
package dev.eventstream.demo;

import org.jspecify.annotations.NullMarked;
