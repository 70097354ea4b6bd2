package dev.keyslot.app.access;

import dev.keyslot.base.Checks;
import dev.keyslot.host.nbd.AccessRule;
import dev.keyslot.host.nbd.transport.Client;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * Who may use a volume: anybody if nobody is listed. Immutable.
 *
 * @param unixUsers may connect to a Unix socket
 * @param subjects names in certificates that were checked
 * @param pskIdentities whose shared keys were proven to be known
 * @param tlsOnly whether nobody is served in plaintext
 */
public record AllowList(
    Set<UserPrincipal> unixUsers,
    Set<X500Principal> subjects,
    Set<String> pskIdentities,
    boolean tlsOnly)
    implements AccessRule {

  /** No limit. */
  public static final AllowList EVERYBODY = of(List.of(), false);

  public AllowList {
    unixUsers = Set.copyOf(unixUsers);
    subjects = Set.copyOf(subjects);
    pskIdentities = Set.copyOf(pskIdentities);
  }

  /**
   * A list of entries such as {@code unix-user=alice} or {@code certificate=CN=alice,O=Keyslot}.
   *
   * @throws IllegalArgumentException naming the entry that cannot be meant
   */
  public static AllowList of(List<String> entries, boolean tlsOnly) {
    Set<UserPrincipal> users = new HashSet<>();
    Set<X500Principal> subjects = new HashSet<>();
    Set<String> identities = new HashSet<>();
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      String kind = equals < 0 ? entry : entry.substring(0, equals);
      String name = entry.substring(equals + 1);
      Checks.argument(!name.isEmpty() && equals > 0, "a name is missing: allow=%s", entry);
      switch (kind) {
        case "unix-user" -> users.add(user(name));
        case "certificate" -> subjects.add(subject(name));
        case "psk-identity" -> identities.add(name);
        default ->
            throw new IllegalArgumentException(
                "who is allowed must be unix-user=NAME, certificate=SUBJECT or psk-identity=NAME:"
                    + " allow="
                    + entry);
      }
    }
    return new AllowList(users, subjects, identities, tlsOnly);
  }

  private static UserPrincipal user(String name) {
    try {
      return FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "user must be known to this machine: unix-user=" + name, e);
    }
  }

  private static X500Principal subject(String name) {
    try {
      return new X500Principal(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "certificate subject must be a distinguished name such as CN=alice,O=Example:"
              + " certificate="
              + name,
          e);
    }
  }

  /** Whether somebody is listed, so that others are not allowed. */
  public boolean isLimited() {
    return !(unixUsers.isEmpty() && subjects.isEmpty() && pskIdentities.isEmpty());
  }

  @Override
  public Answer answer(Client client) {
    boolean listed =
        client.unixUser().map(unixUsers::contains).orElse(false)
            || client.certificateSubject().map(subjects::contains).orElse(false)
            || client.pskIdentity().map(pskIdentities::contains).orElse(false);
    if (isLimited() && !listed) {
      return Answer.HIDDEN;
    }
    return tlsOnly && !client.encrypted() ? Answer.NEEDS_TLS : Answer.ADMITTED;
  }
}
