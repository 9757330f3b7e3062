package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConcreteNodeTest {

  /** Has the shape of the node of Elasticsearch 6. */
  abstract static class AbstractNode {
    final Path environment;
    boolean started;

    AbstractNode(Path environment) {
      this.environment = environment;
      nameKnown("node", 1);
    }

    abstract void nameKnown(String name, int count);

    void start() {
      nothingToDo();
      started = true;
    }

    abstract void nothingToDo();
  }

  @Test
  void passesTheArgumentToTheSuperclassAndImplementsAbstractMethods()
      throws ReflectiveOperationException {
    Class<?> concrete = ConcreteNode.define(AbstractNode.class, Path.class);
    AbstractNode node =
        (AbstractNode) concrete.getConstructor(Path.class).newInstance(Path.of("here"));
    node.start();

    assertThat(node.environment).isEqualTo(Path.of("here"));
    assertThat(node.started).isTrue();
  }
}
