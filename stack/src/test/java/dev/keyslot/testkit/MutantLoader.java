package dev.keyslot.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.InvocationTargetException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Loads our classes afresh, with calls taken out of some of them: a mutant, to see that the tests
 * notice. What a call would have been given is dropped.
 */
public final class MutantLoader extends ClassLoader {

  private static final String ROOT = "dev.keyslot.";

  /**
   * A call taken out of a class, wherever it stands there.
   *
   * @param call name of the method called
   * @param result what takes the place of its result: a number, or null where it is a reference;
   *     ignored where there is none
   * @param unless the call stays while this holds; null: never
   */
  public record Mutation(String className, String call, Integer result, Bits unless) {
    public Mutation(String className, String call, Integer result) {
      this(className, call, result, null);
    }
  }

  /** That one of {@code bits} is set in what {@code method}, of the same object, returns. */
  public record Bits(String method, int bits) {}

  private final List<Mutation> mutations;
  private final Set<Mutation> applied = new HashSet<>();
  private int removed;

  /** Without {@code call}, which takes nothing and gives nothing; a null call changes nothing. */
  public MutantLoader(String className, String call) {
    this(call == null ? List.of() : List.of(new Mutation(className, call, null)));
  }

  public MutantLoader(List<Mutation> mutations) {
    super(MutantLoader.class.getClassLoader());
    this.mutations = List.copyOf(mutations);
  }

  /** How often a call was found and taken out, in the classes loaded so far. */
  public int removed() {
    return removed;
  }

  /** Whether each of the mutations was found, in the classes loaded so far. */
  public boolean complete() {
    return applied.size() == mutations.size();
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(ROOT)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    String path = "/" + name.replace('.', '/') + ".class";
    try (InputStream in = MutantLoader.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = in.readAllBytes();
      for (Mutation mutation : mutations) {
        bytes = name.equals(mutation.className()) ? without(mutation, bytes) : bytes;
      }
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private byte[] without(Mutation mutation, byte[] bytes) {
    ClassFile classFile = ClassFile.of();
    ClassTransform transform =
        ClassTransform.transformingMethodBodies(
            (code, element) -> {
              if (element instanceof InvokeInstruction invoke
                  && invoke.name().equalsString(mutation.call())) {
                replace(code, invoke, mutation);
                applied.add(mutation);
                removed++;
              } else {
                code.with(element);
              }
            });
    return classFile.transformClass(classFile.parse(bytes), transform);
  }

  private static void replace(CodeBuilder code, InvokeInstruction invoke, Mutation mutation) {
    Bits unless = mutation.unless();
    if (unless == null) {
      drop(code, invoke, mutation.result());
      return;
    }
    ClassDesc self = ClassDesc.of(mutation.className());
    code.aload(0)
        .invokevirtual(self, unless.method(), MethodTypeDesc.of(ConstantDescs.CD_int))
        .loadConstant(unless.bits())
        .iand()
        .ifThenElse(
            Opcode.IFNE,
            stays -> stays.with(invoke),
            goes -> drop(goes, invoke, mutation.result()));
  }

  /** Takes the call's arguments off the stack and puts {@code result} where its own would be. */
  private static void drop(CodeBuilder code, InvokeInstruction invoke, Integer result) {
    for (ClassDesc argument : invoke.typeSymbol().parameterList().reversed()) {
      if (TypeKind.from(argument).slotSize() == 2) {
        code.pop2();
      } else {
        code.pop();
      }
    }
    if (invoke.opcode() != Opcode.INVOKESTATIC) {
      code.pop();
    }
    ClassDesc type = invoke.typeSymbol().returnType();
    switch (TypeKind.from(type)) {
      case VOID -> {}
      case BOOLEAN, BYTE, CHAR, SHORT, INT -> code.loadConstant(result);
      case REFERENCE -> code.aconst_null();
      case LONG, FLOAT, DOUBLE -> throw new IllegalArgumentException("no mutation of " + invoke);
    }
  }

  /** Runs one test method of a fresh instance of {@code testClass}; what it threw, or null. */
  public Throwable run(String testClass, String method) throws ReflectiveOperationException {
    var constructor = loadClass(testClass).getDeclaredConstructor();
    constructor.setAccessible(true);
    var test = constructor.newInstance();
    var body = test.getClass().getDeclaredMethod(method);
    body.setAccessible(true);
    try {
      body.invoke(test);
      return null;
    } catch (InvocationTargetException e) {
      return e.getCause();
    }
  }
}
