package dev.keyslot.app.stack;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why an operation on a file failed, in words: the JDK's messages are often only the path. */
final class Reasons {

  private Reasons() {}

  static String of(IOException cause) {
    return switch (cause) {
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException _ -> "no such directory";
      default -> cause.getMessage();
    };
  }
}
