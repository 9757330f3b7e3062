package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.internal.json.OwnMember;
import dev.eventstream.internal.text.JsonStrings;
import dev.eventstream.spi.Rejection;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The member names that engines reserve. They are reserved only at the top level of a document. */
final class ReservedNames {
  /**
   * Does not contain every name with an underscore: clients send harmless ones, such as {@code
   * _ga}.
   */
  static final Set<String> ALL =
      Set.of(
          // Ingest pipelines remove these from the document and treat them as instructions.
          "_id",
          "_index",
          "_type",
          "_routing",
          "_parent",
          "_version",
          "_version_type",
          "_if_seq_no",
          "_if_primary_term",
          "_dynamic_templates",
          // Metadata fields, which mappings reject or keep for themselves.
          "_all",
          "_data_stream_timestamp",
          "_doc_count",
          "_feature",
          "_field_names",
          "_ignored",
          "_ignored_source",
          "_inference_fields",
          "_nested_path",
          "_primary_term",
          "_recovery_source",
          "_seq_no",
          "_size",
          "_source",
          "_tier",
          "_timestamp",
          "_ts_routing_hash",
          "_tsid",
          "_ttl",
          "_uid");

  private ReservedNames() {}

  /** Returns whether a name, or its part before the first dot, is reserved. */
  private static boolean isReserved(String name) {
    return name.startsWith("_") && ALL.contains(name.substring(0, firstEnd(name)));
  }

  private static int firstEnd(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? name.length() : dot;
  }

  /** Returns the event without reserved names; the same event if it has none. */
  static Event handle(Event event, ReservedMembers how) throws InvalidEventException {
    List<OwnMember> members = OwnMember.all(event.bytes, event.layout.start);
    List<OwnMember> reserved = members.stream().filter(m -> isReserved(m.name())).toList();
    if (reserved.isEmpty()) {
      return event;
    }
    if (how == ReservedMembers.REJECT) {
      String name = reserved.get(0).name();
      throw new InvalidEventException(
          Rejection.RESERVED_MEMBER,
          "the member \""
              + name.substring(0, firstEnd(name))
              + "\" is reserved by the engine: give it another name, or set reservedMembers to"
              + " rename such members");
    }
    return renamed(event, members, reserved);
  }

  private static Event renamed(Event event, List<OwnMember> members, List<OwnMember> reserved)
      throws InvalidEventException {
    Set<String> names = members.stream().map(OwnMember::name).collect(Collectors.toSet());
    ByteArrayOutputStream json = new ByteArrayOutputStream(event.size() + reserved.size());
    int from = event.layout.start;
    for (OwnMember member : reserved) {
      int dot = firstEnd(member.name());
      String moved = member.name().substring(1, dot) + "_" + member.name().substring(dot);
      String name = OwnMember.free(moved, names);
      names.add(name);
      json.write(event.bytes, from, member.nameStart() - from);
      byte[] content = JsonStrings.quote(name).getBytes(UTF_8);
      json.write(content, 1, content.length - 2);
      from = member.nameEnd();
    }
    json.write(event.bytes, from, event.layout.end - from);
    return event.withJson(json.toByteArray());
  }
}
