package dev.eventstream.server;

import dev.eventstream.testkit.EngineClient;

/** Why a destination of a real engine takes no documents while the engine takes others. */
enum BrokenDestination {
  RED_INDEX("primary shard is not active") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      put(
          engine,
          "/" + name + "?wait_for_active_shards=0",
          index(",\"index.routing.allocation.require.box\":\"none\"", mappings));
    }

    @Override
    void repair(EngineClient engine, String name) {
      settings(engine, name, "\"index.routing.allocation.require.box\":null");
    }
  },
  NOT_ENOUGH_COPIES("Not enough active copies") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      put(engine, "/" + name, index("", mappings));
      settings(engine, name, "\"index.number_of_replicas\":1");
      settings(engine, name, "\"index.write.wait_for_active_shards\":\"2\"");
    }

    @Override
    void repair(EngineClient engine, String name) {
      settings(engine, name, "\"index.write.wait_for_active_shards\":null");
    }
  },
  ALIAS_WITHOUT_WRITE_INDEX("no write index is defined for alias") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      String alias = ",\"aliases\":{\"" + name + "\":{}}";
      put(engine, "/" + name + "-1", index("", mappings + alias));
      put(engine, "/" + name + "-2", index("", mappings + alias));
    }

    @Override
    void repair(EngineClient engine, String name) {
      String action =
          "{\"actions\":[{\"add\":{\"index\":\"%s-1\",\"alias\":\"%s\",\"is_write_index\":true}}]}";
      engine.request("POST", "/_aliases", action.formatted(name, name)).orThrow();
    }
  },
  MISSING_PIPELINE("pipeline with id [") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      put(engine, "/" + name, index(",\"index.default_pipeline\":\"" + name + "\"", mappings));
    }

    @Override
    void repair(EngineClient engine, String name) {
      put(engine, "/_ingest/pipeline/" + name, "{\"processors\":[]}");
    }
  },
  CLOSED_INDEX("index_closed_exception") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      put(engine, "/" + name, index("", mappings));
      engine.request("POST", "/" + name + "/_close").orThrow();
    }

    @Override
    void repair(EngineClient engine, String name) {
      engine.request("POST", "/" + name + "/_open").orThrow();
    }
  },
  WRITE_BLOCK("FORBIDDEN/8/index write") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      put(engine, "/" + name, index(",\"index.blocks.write\":true", mappings));
    }

    @Override
    void repair(EngineClient engine, String name) {
      settings(engine, name, "\"index.blocks.write\":null");
    }
  },
  FULL_DISK("read-only") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      put(engine, "/" + name, index("", mappings));
      settings(engine, name, "\"index.blocks.read_only_allow_delete\":true");
    }

    @Override
    void repair(EngineClient engine, String name) {
      settings(engine, name, "\"index.blocks.read_only_allow_delete\":null");
    }
  },
  NOT_TO_BE_CREATED("no such index") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      autoCreate(engine, "\"-" + name + ",+*\"");
    }

    @Override
    void repair(EngineClient engine, String name) {
      autoCreate(engine, "null");
    }

    private void autoCreate(EngineClient engine, String allowed) {
      put(
          engine,
          "/_cluster/settings",
          "{\"transient\":{\"action.auto_create_index\":" + allowed + "}}");
    }
  },
  TEMPLATES_IN_CONFLICT("Failed to parse mapping") {
    @Override
    void create(EngineClient engine, String name, String mappings) {
      boolean typed = mappings.contains("_doc");
      template(engine, name, 1, typed, "{\"x\":{\"type\":\"keyword\"}}");
      template(engine, name, 2, typed, "{\"x\":{\"properties\":{\"y\":{\"type\":\"keyword\"}}}}");
    }

    @Override
    void repair(EngineClient engine, String name) {
      engine.request("DELETE", "/_template/" + name + "-2").orThrow();
    }

    private void template(
        EngineClient engine, String name, int order, boolean typed, String properties) {
      String mapping = "{\"properties\":" + properties + "}";
      put(
          engine,
          "/_template/" + name + "-" + order,
          "{\"index_patterns\":[\"%s\"],\"order\":%d,\"mappings\":%s}"
              .formatted(name, order, typed ? "{\"_doc\":" + mapping + "}" : mapping));
    }
  };

  private static final String MAPPING = "{\"properties\":{\"amount\":{\"type\":\"long\"}}}";

  private final String words;

  /**
   * Names the fault.
   *
   * @param words what every engine says of it
   */
  BrokenDestination(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  /** Makes a destination of this name that takes nothing. */
  abstract void create(EngineClient engine, String name, String mappings);

  /** Lets it take documents. */
  abstract void repair(EngineClient engine, String name);

  /** What follows the settings of an index, as the engine takes it. */
  static String mappings(boolean typed) {
    return ",\"mappings\":" + (typed ? "{\"_doc\":" + MAPPING + "}" : MAPPING);
  }

  /** The body that creates an index of one shard. */
  static String index(String settings, String more) {
    return "{\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0"
        + settings
        + "}"
        + more
        + "}";
  }

  private static void settings(EngineClient engine, String name, String settings) {
    put(engine, "/" + name + "/_settings", "{" + settings + "}");
  }

  static void put(EngineClient engine, String path, String body) {
    engine.request("PUT", path, body).orThrow();
  }
}
