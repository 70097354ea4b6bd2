package dev.keyslot.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.InvocationTargetException;

/**
 * Loads our classes afresh, with one call taken out of one of them: a mutant, to see that the tests
 * notice.
 *
 * <p>The call must take no arguments and return nothing; its receiver is dropped.
 */
public final class MutantLoader extends ClassLoader {

  private static final String ROOT = "dev.keyslot.";

  private final String mutated;
  private final String call;
  private int removed;

  /** Without {@code call} in {@code className}; a null call changes nothing. */
  public MutantLoader(String className, String call) {
    super(MutantLoader.class.getClassLoader());
    mutated = className;
    this.call = call;
  }

  /** How often the call was found and taken out, in the classes loaded so far. */
  public int removed() {
    return removed;
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
      byte[] own = name.equals(mutated) && call != null ? without(bytes) : bytes;
      return defineClass(name, own, 0, own.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private byte[] without(byte[] bytes) {
    ClassFile classFile = ClassFile.of();
    ClassTransform transform =
        ClassTransform.transformingMethodBodies(
            (code, element) -> {
              if (element instanceof InvokeInstruction invoke && invoke.name().equalsString(call)) {
                code.pop();
                removed++;
              } else {
                code.with(element);
              }
            });
    return classFile.transformClass(classFile.parse(bytes), transform);
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
