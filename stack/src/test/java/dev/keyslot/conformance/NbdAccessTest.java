package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.access.AllowList;
import dev.keyslot.app.access.TlsDirectory;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.testkit.Certificates;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import dev.keyslot.testkit.TlsTranscript;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exports with allow lists: to those who are not listed they are not there. NBD proto.md,
 * "SELECTIVETLS mode".
 */
@Timeout(120)
class NbdAccessTest {

  private static final int MIB = 1 << 20;
  private static final String ME = System.getProperty("user.name");

  private static final String LIST = "49484156454f5054 00000003 00000000";
  private static final String LIST_END = "0003e889045565a9 00000003 00000001 00000000";
  private static final String LISTED_RAM =
      "0003e889045565a9 00000003 00000002 00000007  00000003 72616d";
  private static final String LISTED_VAULT =
      "0003e889045565a9 00000003 00000002 00000009  00000005 7661756c74";
  private static final String GO_VAULT =
      "49484156454f5054 00000007 0000000b  00000005 7661756c74 0000";
  private static final String VAULT_INFO =
      "0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d"
          + "0003e889045565a9 00000007 00000001 00000000";

  /** "export is not served here". */
  private static final String UNKNOWN =
      "80000006 00000019 6578706f7274206973206e6f74207365727665642068657265";

  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(new RamExport("ram", MIB));
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  private void vault(boolean tlsOnly, String... allowed) {
    fixture.server().add(new RamExport("vault", MIB), AllowList.of(List.of(allowed), tlsOnly));
  }

  @Test
  void aHiddenExportIsUnknownToEveryOption() throws IOException {
    vault(false, "certificate=CN=alice,O=Keyslot");
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send(LIST)
          .expect(LISTED_RAM + LIST_END)
          .send(GO_VAULT)
          .expect("0003e889045565a9 00000007" + UNKNOWN)
          .send("49484156454f5054 00000006 0000000b  00000005 7661756c74 0000") // INFO
          .expect("0003e889045565a9 00000006" + UNKNOWN)
          .send("49484156454f5054 00000008 00000000") // STRUCTURED_REPLY
          .expect("0003e889045565a9 00000008 00000001 00000000")
          .send("49484156454f5054 00000009 0000000d  00000005 7661756c74 00000000") // LIST_META
          .expect("0003e889045565a9 00000009" + UNKNOWN)
          // the empty name means the only export that this client sees
          .send("49484156454f5054 00000006 00000006  00000000 0000")
          .expect("0003e889045565a9 00000006 00000003 0000000c  0000 0000000000100000 0ded")
          .expect("0003e889045565a9 00000006 00000001 00000000")
          .send("49484156454f5054 00000001 00000005 7661756c74") // EXPORT_NAME
          .expectEnd();
    }
  }

  @Test
  void aListedUserOfTheSocketSeesIt() throws IOException {
    vault(false, "unix-user=" + ME);
    try (NbdTestClient client = fixture.greeted()) {
      client.send(LIST).expect(LISTED_RAM + LISTED_VAULT + LIST_END);
      client.send(GO_VAULT).expect(VAULT_INFO);
    }
  }

  @Test
  void aListedCertificateSeesItInsideTls(@TempDir Path directory) throws Exception {
    Tool.needPython("ssl");
    Certificates certificates = Certificates.in(directory);
    certificates.leaf("mallory", "/O=Keyslot/CN=mallory", "clientAuth");
    fixture.server().tls(TlsDirectory.load(directory, TlsPolicy.Mode.OFFERED, true));
    vault(false, "certificate=CN=alice,O=Keyslot");
    tls(certificates, "client").send(LIST).expect(LISTED_RAM + LISTED_VAULT + LIST_END).play();
    tls(certificates, "client").send(GO_VAULT).expect(VAULT_INFO).play();
    tls(certificates, "mallory").send(LIST).expect(LISTED_RAM + LIST_END).play();
    tls(certificates, "mallory")
        .send(GO_VAULT)
        .expect("0003e889045565a9 00000007" + UNKNOWN)
        .play();
  }

  @Test
  void anExportInsideTlsOnlySaysSoInPlaintext(@TempDir Path directory) throws Exception {
    Tool.needPython("ssl");
    Certificates certificates = Certificates.in(directory);
    fixture.server().tls(TlsDirectory.load(directory, TlsPolicy.Mode.OFFERED, true));
    vault(true);
    new TlsTranscript(fixture.socket())
        .send(LIST)
        .expect(LISTED_RAM + LIST_END)
        .send(GO_VAULT)
        .expect("0003e889045565a9 00000007 80000005 00000020") // export is served inside TLS only
        .expect("6578706f72742069732073657276656420696e7369646520544c53206f6e6c79")
        .play();
    tls(certificates, "client").send(GO_VAULT).expect(VAULT_INFO).play();
  }

  private TlsTranscript tls(Certificates certificates, String name) {
    return new TlsTranscript(fixture.socket())
        .send("49484156454f5054 00000005 00000000")
        .expect("0003e889045565a9 00000005 00000001 00000000")
        .tls("TLSv1_3", certificates, name);
  }

  @Test
  void aNewRuleHoldsForNewClients() throws IOException {
    try (NbdTestClient before = fixture.greeted()) {
      before
          .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d")
          .expect("0003e889045565a9 00000007 00000001 00000000");
      assertThat(fixture.server().allow("ram", AllowList.of(List.of("certificate=CN=x"), false)))
          .isTrue();
      try (NbdTestClient after = fixture.greeted()) {
        after.send(LIST).expect(LIST_END);
      }
      before
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000") // FLUSH
          .expect("67446698 00000000 0000000000000001");
    }
  }

  @Test
  void aRetiredExportLosesItsClientsAndNobodyElseDoes() throws Exception {
    vault(false);
    try (NbdTestClient stays = fixture.greeted();
        NbdTestClient goes = fixture.greeted()) {
      stays
          .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d")
          .expect("0003e889045565a9 00000007 00000001 00000000");
      goes.send(GO_VAULT).expect(VAULT_INFO);
      Waiting.until("both in transmission", () -> fixture.log().size() == 2);
      CompletableFuture<Void> retired = CompletableFuture.runAsync(this::retireVault);
      goes.expectEnd();
      retired.get(20, TimeUnit.SECONDS);
      assertThat(fixture.server().connections()).isEqualTo(1);
      stays
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000") // FLUSH
          .expect("67446698 00000000 0000000000000001");
      try (NbdTestClient late = fixture.greeted()) {
        late.send(GO_VAULT).expect("0003e889045565a9 00000007" + UNKNOWN);
      }
    }
  }

  private void retireVault() {
    try {
      fixture.server().retire(List.of("vault"), TimeUnit.SECONDS.toNanos(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
