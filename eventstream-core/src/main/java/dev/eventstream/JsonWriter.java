package dev.eventstream;

/**
 * Writes an object as JSON. Both generations of Jackson fit: {@code mapper::writeValueAsBytes} of a
 * {@code com.fasterxml.jackson.databind.ObjectMapper} and of a {@code
 * tools.jackson.databind.ObjectMapper}.
 */
@FunctionalInterface
public interface JsonWriter {

  /**
   * Returns the object as JSON in UTF-8. The result is not modified.
   *
   * @throws Exception if the object cannot be written
   */
  byte[] write(Object value) throws Exception;
}
