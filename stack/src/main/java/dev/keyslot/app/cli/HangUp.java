package dev.keyslot.app.cli;

import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Lets SIGHUP ask for the configuration to be read anew, where it would end the process otherwise.
 *
 * <p>The JDK's only interface to signals is in its module {@code jdk.unsupported}, which the
 * compiler warns of, so it is reached by name.
 */
final class HangUp {

  private HangUp() {}

  /** From now on SIGHUP calls {@code reload}, which must not wait. */
  static void calls(Runnable reload) throws StackException {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object calling =
          Proxy.newProxyInstance(
              HangUp.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> answer(reload, self, method, arguments));
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), calling);
    } catch (InvocationTargetException e) {
      throw new StackException(
          Category.GIVE_UP, "SIGHUP must be free: " + e.getCause().getMessage(), e);
    } catch (ReflectiveOperationException e) {
      throw new StackException(
          Category.GIVE_UP, "this Java must offer jdk.unsupported to catch SIGHUP: " + e, e);
    }
  }

  private static Object answer(Runnable reload, Object self, Method method, Object... arguments) {
    return switch (method.getName()) {
      case "handle" -> {
        reload.run();
        yield null;
      }
      case "equals" -> arguments[0] == self;
      case "hashCode" -> System.identityHashCode(self);
      default -> "reload on SIGHUP";
    };
  }
}
