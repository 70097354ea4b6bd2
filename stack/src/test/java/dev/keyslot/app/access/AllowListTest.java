package dev.keyslot.app.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.nbd.AccessRule.Answer;
import dev.keyslot.host.nbd.transport.Client;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is listed is admitted, everybody else finds nothing. */
class AllowListTest {

  private static final Client ALICE =
      new Client(
          Optional.empty(),
          Optional.of(new X500Principal("CN=alice, O=Keyslot")),
          Optional.empty(),
          true);

  private static Client unix(String name) throws IOException {
    UserPrincipal user =
        FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
    return new Client(Optional.of(user), Optional.empty(), Optional.empty(), false);
  }

  private static Answer answer(Client client, boolean tlsOnly, String... entries) {
    return AllowList.of(List.of(entries), tlsOnly).answer(client);
  }

  @Test
  void anEmptyListAdmitsEverybody() throws IOException {
    for (Client client : List.of(Client.UNKNOWN, ALICE, unix("root"))) {
      assertThat(answer(client, false)).isEqualTo(Answer.ADMITTED);
    }
  }

  /** RFC 4514: spaces and case of attribute types do not matter, the order of the parts does. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CN=alice,O=Keyslot       | ADMITTED
          cn=Alice, o=KEYSLOT      | ADMITTED
          O=Keyslot,CN=alice       | HIDDEN
          CN=alice                 | HIDDEN
          CN=alice,O=Keyslot,C=DE  | HIDDEN
          CN=mallory,O=Keyslot     | HIDDEN
          """)
  void certificatesAreComparedAsNames(String subject, Answer answer) {
    assertThat(answer(ALICE, false, "certificate=" + subject)).isEqualTo(answer);
  }

  @Test
  void identitiesOfSharedKeysAreComparedLetterByLetter() {
    Client alice = Client.UNKNOWN.withPskIdentity("alice");
    assertThat(answer(alice, true, "psk-identity=alice")).isEqualTo(Answer.ADMITTED);
    assertThat(answer(alice, true, "psk-identity=Alice")).isEqualTo(Answer.HIDDEN);
    assertThat(answer(alice, true, "certificate=CN=alice")).isEqualTo(Answer.HIDDEN);
    assertThat(answer(ALICE, true, "psk-identity=alice")).isEqualTo(Answer.HIDDEN);
  }

  /** A line of the log is one line, whatever a file of keys calls somebody. */
  @Test
  void identitiesAreLoggedWithoutWhatWouldBreakTheLine() {
    assertThat(Client.UNKNOWN.withPskIdentity("a\"b\nc d\u00e9").proof())
        .isEqualTo("psk:\"a?b?c?d?\"");
  }

  @Test
  void usersOfAUnixSocketAreKnownByNameOrNumber() throws IOException {
    assertThat(answer(unix("root"), false, "unix-user=root")).isEqualTo(Answer.ADMITTED);
    assertThat(answer(unix("root"), false, "unix-user=0")).isEqualTo(Answer.ADMITTED);
    assertThat(answer(unix("12345"), false, "unix-user=root")).isEqualTo(Answer.HIDDEN);
    assertThat(answer(Client.UNKNOWN, false, "unix-user=root")).isEqualTo(Answer.HIDDEN);
  }

  @Test
  void anyEntryThatFitsIsEnough() throws IOException {
    String[] entries = {"unix-user=root", "certificate=CN=alice,O=Keyslot"};
    assertThat(answer(unix("root"), false, entries)).isEqualTo(Answer.ADMITTED);
    assertThat(answer(ALICE, false, entries)).isEqualTo(Answer.ADMITTED);
    assertThat(answer(Client.UNKNOWN, false, entries)).isEqualTo(Answer.HIDDEN);
  }

  @Test
  void whatIsServedInsideTlsOnlyIsToldToThoseWhoMayUseItThere() throws IOException {
    assertThat(answer(Client.UNKNOWN, true)).isEqualTo(Answer.NEEDS_TLS);
    assertThat(answer(unix("root"), true, "unix-user=root")).isEqualTo(Answer.NEEDS_TLS);
    assertThat(answer(Client.UNKNOWN, true, "unix-user=root")).isEqualTo(Answer.HIDDEN);
    assertThat(answer(ALICE, true)).isEqualTo(Answer.ADMITTED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          user=root              | who is allowed must be unix-user=NAME, certificate=SUBJECT or psk-identity=NAME: allow=user=root
          unix-user=             | a name is missing: allow=unix-user=
          certificate            | a name is missing: allow=certificate
          psk=bob                | who is allowed must be unix-user=NAME, certificate=SUBJECT or psk-identity=NAME: allow=psk=bob
          certificate=alice      | certificate subject must be a distinguished name
          unix-user=no such user | user must be known to this machine: unix-user=no such user
          """)
  void anEntryThatMeansNobodyIsRefused(String entry, String message) {
    assertThatThrownBy(() -> AllowList.of(List.of(entry), false)).hasMessageStartingWith(message);
  }
}
