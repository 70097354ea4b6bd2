package dev.keyslot.host.nbd.transport;

import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/**
 * Who is at the other end, as far as it is proven. Immutable.
 *
 * @param unixUser the user who connected to a Unix socket, as the kernel says
 * @param certificateSubject the name in a certificate that was checked against our authorities
 * @param pskIdentity whose shared key it was proven to know
 * @param encrypted whether what it sends and receives is
 */
public record Client(
    Optional<UserPrincipal> unixUser,
    Optional<X500Principal> certificateSubject,
    Optional<String> pskIdentity,
    boolean encrypted) {

  /** Anybody, in plaintext. */
  public static final Client UNKNOWN =
      new Client(Optional.empty(), Optional.empty(), Optional.empty(), false);

  /** The user at the other end of a Unix socket. */
  static Client unix(UserPrincipal user) {
    return new Client(Optional.of(user), Optional.empty(), Optional.empty(), false);
  }

  /** The same, known by a certificate too; no name if it did not have to show one. */
  Client withCertificate(Optional<X500Principal> subject) {
    return new Client(unixUser, subject, Optional.empty(), true);
  }

  /** The same, known by a shared key too. */
  public Client withPskIdentity(String identity) {
    return new Client(unixUser, Optional.empty(), Optional.of(identity), true);
  }

  /** For logs: what TLS proved, no spaces outside quotes. */
  public String proof() {
    if (!encrypted) {
      return "none";
    }
    if (pskIdentity.isPresent()) {
      return "psk:" + quoted(pskIdentity.get());
    }
    return certificateSubject
        .map(subject -> "certificate:\"" + subject.getName() + "\"")
        .orElse("anonymous");
  }

  /** A file may hold identities that no log line should. */
  private static String quoted(String identity) {
    return '"' + identity.replaceAll("[^\\x21-\\x7e]|[\"\\\\]", "?") + '"';
  }
}
