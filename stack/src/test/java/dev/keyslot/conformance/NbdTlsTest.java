package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.access.TlsDirectory;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.nbd.transport.TlsPolicy.Mode;
import dev.keyslot.testkit.Certificates;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import dev.keyslot.testkit.TlsTranscript;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * STARTTLS: bytes in, bytes out, in plaintext and inside TLS as OpenSSL speaks it. NBD proto.md,
 * "TLS support".
 */
@Timeout(120)
class NbdTlsTest {

  private static final int MIB = 1 << 20;

  private static final String STARTTLS = "49484156454f5054 00000005 00000000";
  private static final String STARTTLS_ACK = "0003e889045565a9 00000005 00000001 00000000";

  private static final String GO_RAM = "49484156454f5054 00000007 00000009  00000003 72616d 0000";
  private static final String GO_RAM_ANSWER =
      "0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d"
          + "0003e889045565a9 00000007 00000001 00000000";

  /** "STARTTLS must come first". */
  private static final String STARTTLS_MUST_COME_FIRST =
      "00000018 5354415254544c53206d75737420636f6d65206669727374";

  @TempDir private static Path directory;

  private static Certificates certificates;

  private NbdFixture fixture;

  @BeforeAll
  static void makeCertificates() throws IOException {
    Tool.needPython("ssl");
    certificates = Certificates.in(directory);
  }

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(new RamExport("ram", MIB));
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  private TlsTranscript client(Mode mode) throws Exception {
    fixture.server().tls(policy(mode));
    return new TlsTranscript(fixture.socket());
  }

  private static TlsPolicy policy(Mode mode) throws Exception {
    return TlsDirectory.load(certificates.directory(), mode, true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1_3", "TLSv1_2"})
  void insideTlsEverythingIsServed(String version) throws Exception {
    client(Mode.REQUIRED)
        .send(STARTTLS)
        .expect(STARTTLS_ACK)
        .tls(version, certificates, "client")
        .send(GO_RAM)
        .expect(GO_RAM_ANSWER)
        .send("25609513 0000 0001 0000000000000001 0000000000000000 00080000")
        .fill("a5", 0x80000)
        .expect("67446698 00000000 0000000000000001")
        .send("25609513 0000 0000 0000000000000002 0000000000000001 0007ffff")
        .expect("67446698 00000000 0000000000000002")
        .expectFill("a5", 0x7ffff)
        .send("25609513 0000 0002 0000000000000003 0000000000000000 00000000")
        .end()
        .play();
    fixture.awaitNoConnections();
    assertThat(fixture.log())
        .hasSize(2)
        .first()
        .asString()
        .endsWith(" tls=certificate:\"CN=alice,O=Keyslot\"");
  }

  @Test
  void whereTlsIsRequiredNothingElseIsServedInPlaintext() throws Exception {
    client(Mode.REQUIRED)
        .send(GO_RAM)
        .expect("0003e889045565a9 00000007 80000005 " + STARTTLS_MUST_COME_FIRST)
        .send("49484156454f5054 00000006 00000009  00000003 72616d 0000") // INFO
        .expect("0003e889045565a9 00000006 80000005 " + STARTTLS_MUST_COME_FIRST)
        .send("49484156454f5054 00000003 00000000") // LIST
        .expect("0003e889045565a9 00000003 80000005 " + STARTTLS_MUST_COME_FIRST)
        .send("49484156454f5054 00000008 00000000") // STRUCTURED_REPLY
        .expect("0003e889045565a9 00000008 80000005 " + STARTTLS_MUST_COME_FIRST)
        .send("49484156454f5054 000000ff 00000000") // unknown
        .expect("0003e889045565a9 000000ff 80000005 " + STARTTLS_MUST_COME_FIRST)
        .send("49484156454f5054 00000002 00000000") // ABORT
        .expect("0003e889045565a9 00000002 00000001 00000000")
        .end()
        .play();
    client(Mode.REQUIRED).send("49484156454f5054 00000001 00000003 72616d").end().play();
    fixture.awaitNoConnections();
    assertThat(fixture.log().getLast()).endsWith("reason=\"EXPORT_NAME before STARTTLS\"");
  }

  @Test
  void whereTlsIsOfferedClientsChoose() throws Exception {
    client(Mode.OFFERED).send(GO_RAM).expect(GO_RAM_ANSWER).play();
    client(Mode.OFFERED)
        .send(STARTTLS)
        .expect(STARTTLS_ACK)
        .tls(certificates)
        .send(GO_RAM)
        .expect(GO_RAM_ANSWER)
        .play();
  }

  @Test
  void whatWasInjectedBehindStarttlsIsDropped() throws Exception {
    client(Mode.OFFERED)
        // a man in the middle adds STRUCTURED_REPLY and LIST in plaintext, in the same packet
        .send(STARTTLS + "49484156454f5054 00000008 00000000 49484156454f5054 00000003 00000000")
        .expect(STARTTLS_ACK)
        .tls(certificates)
        .send("49484156454f5054 00000002 00000000")
        .expect("0003e889045565a9 00000002 00000001 00000000")
        .end()
        .play();
  }

  @Test
  void whatWasNegotiatedBeforeTlsIsForgotten() throws Exception {
    client(Mode.OFFERED)
        .send("49484156454f5054 00000008 00000000") // STRUCTURED_REPLY
        .expect("0003e889045565a9 00000008 00000001 00000000")
        .send(STARTTLS)
        .expect(STARTTLS_ACK)
        .tls(certificates)
        // SET_META_CONTEXT of "ram", base:allocation: needs structured replies
        .send("49484156454f5054 0000000a 0000001e  00000003 72616d 00000001")
        .send("0000000f 626173653a616c6c6f636174696f6e")
        .expect("0003e889045565a9 0000000a 80000003")
        .play();
  }

  @Test
  void starttlsInsideTlsIsInvalid() throws Exception {
    client(Mode.REQUIRED)
        .send(STARTTLS)
        .expect(STARTTLS_ACK)
        .tls(certificates)
        .send(STARTTLS)
        .expect("0003e889045565a9 00000005 80000003 00000018")
        .expect("544c532077617320616772656564206f6e206265666f7265") // TLS was agreed on before
        .send(GO_RAM)
        .expect(GO_RAM_ANSWER)
        .play();
  }

  @Test
  void starttlsWithDataIsInvalidAndTheHandshakeGoesOn() throws Exception {
    client(Mode.OFFERED)
        .send("49484156454f5054 00000005 00000001 00")
        .expect("0003e889045565a9 00000005 80000003 00000014")
        .expect("6f7074696f6e2074616b6573206e6f2064617461") // option takes no data
        .send(GO_RAM)
        .expect(GO_RAM_ANSWER)
        .play();
  }

  @Test
  void aClientWithoutCertificateIsRefusedWithOneLine() throws Exception {
    Tool.Result result =
        client(Mode.REQUIRED)
            .send(STARTTLS)
            .expect(STARTTLS_ACK)
            .tls("TLSv1_3", certificates, "")
            .expect(GO_RAM_ANSWER)
            .result();
    assertThat(result.exit()).isNotZero();
    assertThat(result.err()).containsIgnoringCase("certificate required");
    fixture.awaitNoConnections();
    assertThat(fixture.log())
        .singleElement()
        .asString()
        .contains("connection refused: peer=unix:")
        .contains("reason=\"TLS handshake failed: (certificate_required) Empty client certificate");
  }

  @Test
  void aCertificateOfAnotherAuthorityIsRefused(@TempDir Path elsewhere) throws Exception {
    Certificates others = Certificates.in(elsewhere);
    java.nio.file.Files.copy(
        Path.of(certificates.path("ca-cert.pem")),
        Path.of(others.path("ca-cert.pem")),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Tool.Result result =
        client(Mode.REQUIRED)
            .send(STARTTLS)
            .expect(STARTTLS_ACK)
            .tls("TLSv1_3", others, "client")
            .expect(GO_RAM_ANSWER)
            .result();
    assertThat(result.exit()).isNotZero();
    fixture.awaitNoConnections();
    assertThat(fixture.log()).singleElement().asString().contains("TLS handshake failed: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "49484156454f5054 00000007 00000009  00000003 72616d 0000", // plaintext instead
        "16030100050100000100", // a ClientHello of one byte
        "1603010005ffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffff",
        "15030100020100", // an alert: close_notify
      })
  void garbageInsteadOfTlsEndsTheConnectionWithOneLine(String garbage) throws Exception {
    fixture.server().tls(policy(Mode.REQUIRED));
    try (NbdTestClient client = fixture.greeted()) {
      client.send(STARTTLS).expect(STARTTLS_ACK).send(garbage).endOutput();
      client.receiveAll();
    }
    fixture.awaitNoConnections();
    assertThat(fixture.log()).singleElement().asString().contains("connection refused: peer=unix:");
  }

  @Test
  void silenceInsteadOfTlsRunsIntoTheHandshakeLimit() throws Exception {
    FakeClock time = new FakeClock();
    try (NbdFixture slow =
        new NbdFixture(
            new NbdLimits(10, TimeUnit.SECONDS.toNanos(10), TimeUnit.SECONDS.toNanos(30)),
            time,
            new RamExport("ram", MIB))) {
      slow.server().tls(policy(Mode.REQUIRED));
      try (NbdTestClient client = slow.greeted()) {
        client.send(STARTTLS).expect(STARTTLS_ACK);
        time.advance(TimeUnit.SECONDS.toNanos(11));
        Waiting.until("dropped", () -> slow.server().doWork() == 1);
        client.expectEnd();
      }
      slow.awaitNoConnections();
      assertThat(slow.log().getLast()).endsWith("reason=\"handshake took too long\"");
    }
  }
}
