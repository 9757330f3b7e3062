package dev.eventstream.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the abstract node class of Elasticsearch 6 concrete.
 *
 * <p>Elasticsearch's own subclass runs its production checks, which fail without a security manager
 * (which newer JDKs do not have), and compiling a subclass would tie the testkit to one engine.
 * Therefore this class writes the class file, which consists of a constructor and empty methods.
 */
final class ConcreteNode {

  private static final int CLASS_FILE_OF_JAVA_8 = 52;
  private static final int UTF8 = 1;
  private static final int CLASS = 7;
  private static final int METHOD_REFERENCE = 10;
  private static final int NAME_AND_TYPE = 12;

  private final List<byte[]> constants = new ArrayList<>();

  private ConcreteNode() {}

  /**
   * Defines a subclass of {@code node} with a constructor of one parameter and an empty body for
   * each abstract method; all of these return nothing.
   */
  static Class<?> define(Class<?> node, Class<?> parameter) throws IllegalAccessException {
    try {
      return MethodHandles.lookup().defineClass(new ConcreteNode().classFile(node, parameter));
    } catch (IOException e) {
      throw new AssertionError("writing to memory cannot fail", e);
    }
  }

  private byte[] classFile(Class<?> node, Class<?> parameter) throws IOException {
    int self = classConstant(ConcreteNode.class.getName() + "Of6");
    int parent = classConstant(node.getName());
    int code = text("Code");
    List<byte[]> methods = new ArrayList<>();

    int init = text("<init>");
    int initType = text("(" + parameter.descriptorString() + ")V");
    int superInit = pair(METHOD_REFERENCE, parent, pair(NAME_AND_TYPE, init, initType));
    // aload_0, aload_1, invokespecial superInit, return
    byte[] callSuper = {
      0x2a, 0x2b, (byte) 0xb7, (byte) (superInit >> 8), (byte) superInit, (byte) 0xb1
    };
    methods.add(method(Modifier.PUBLIC, init, initType, code, callSuper));
    for (Method method : node.getDeclaredMethods()) {
      if (Modifier.isAbstract(method.getModifiers())) {
        int type = text("(" + parameters(method) + ")V");
        methods.add(
            method(Modifier.PUBLIC, text(method.getName()), type, code, new byte[] {(byte) 0xb1}));
      }
    }
    return bytes(
        out -> {
          out.writeInt(0xCAFEBABE);
          out.writeInt(CLASS_FILE_OF_JAVA_8);
          writeAll(out, constants, constants.size() + 1);
          out.writeShort(Modifier.FINAL | 0x20); // 0x20: ACC_SUPER
          out.writeShort(self);
          out.writeShort(parent);
          out.writeShort(0); // interfaces
          out.writeShort(0); // fields
          writeAll(out, methods, methods.size());
          out.writeShort(0); // attributes
        });
  }

  private static String parameters(Method method) {
    StringBuilder descriptors = new StringBuilder();
    for (Class<?> type : method.getParameterTypes()) {
      descriptors.append(type.descriptorString());
    }
    return descriptors.toString();
  }

  private static byte[] method(int access, int name, int type, int code, byte[] body)
      throws IOException {
    return bytes(
        out -> {
          out.writeShort(access);
          out.writeShort(name);
          out.writeShort(type);
          out.writeShort(1); // one attribute, the code
          out.writeShort(code);
          out.writeInt(12 + body.length);
          out.writeShort(2); // stack
          out.writeShort(16); // locals: this and its parameters, with room to spare
          out.writeInt(body.length);
          out.write(body);
          out.writeShort(0); // exceptions
          out.writeShort(0); // attributes
        });
  }

  private int text(String text) throws IOException {
    return constant(
        out -> {
          out.writeByte(UTF8);
          out.writeUTF(text);
        });
  }

  private int classConstant(String name) throws IOException {
    int text = text(name.replace('.', '/'));
    return constant(
        out -> {
          out.writeByte(CLASS);
          out.writeShort(text);
        });
  }

  private int pair(int tag, int first, int second) throws IOException {
    return constant(
        out -> {
          out.writeByte(tag);
          out.writeShort(first);
          out.writeShort(second);
        });
  }

  private int constant(Content content) throws IOException {
    constants.add(bytes(content));
    return constants.size();
  }

  private static void writeAll(DataOutputStream out, List<byte[]> parts, int count)
      throws IOException {
    out.writeShort(count);
    for (byte[] part : parts) {
      out.write(part);
    }
  }

  private static byte[] bytes(Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    content.writeTo(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  /** A part of the class file. */
  @FunctionalInterface
  private interface Content {
    void writeTo(DataOutputStream out) throws IOException;
  }
}
