package dev.eventstream.es.connect;

import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's answer to a request, held in memory.
 *
 * @param body null if there is none; need not be closed
 */
public record Answer(int status, @Nullable InputStream body) {}
