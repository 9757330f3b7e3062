/** The sink for Elasticsearch and OpenSearch. */
@NullMarked
package dev.eventstream.es;

import org.jspecify.annotations.NullMarked;
