package dev.keyslot.app.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.image.StackException;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.nbd.transport.TlsPolicy.Mode;
import dev.keyslot.testkit.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Credentials as openssl writes them are read; what no client would accept is refused at once. */
class TlsDirectoryTest {

  @TempDir private Path directory;

  private Certificates certificates;

  @BeforeEach
  void make() throws IOException {
    certificates = Certificates.in(directory);
  }

  private TlsPolicy load() throws StackException {
    return TlsDirectory.load(directory, Mode.REQUIRED, true);
  }

  /** Keys as {@code openssl} writes them with these words; what stands behind BEGIN. */
  @ParameterizedTest
  @CsvSource({
    "genrsa -out KEY 2048, PRIVATE KEY",
    "genrsa -traditional -out KEY 2048, RSA PRIVATE KEY",
    "ecparam -genkey -name prime256v1 -out KEY, EC PARAMETERS",
    "ecparam -genkey -noout -name secp384r1 -out KEY, EC PRIVATE KEY",
    "genpkey -algorithm ed25519 -out KEY, PRIVATE KEY",
  })
  void everyFormOfKeyIsRead(String words, String label) throws Exception {
    Path key = directory.resolve("server-key.pem");
    Files.delete(key);
    Certificates.openssl(words.replace("KEY", key.toString()).split(" "));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(Files.readString(key)).startsWith("-----BEGIN " + label + "-----");
    certificates.signServerKey();
    assertThat(load().mode()).isEqualTo(Mode.REQUIRED);
  }

  @Test
  void textAroundABlockIsPassedOver() throws Exception {
    Path key = directory.resolve("server-key.pem");
    Files.writeString(
        key, "Public Key Info:\n\tKey Security Level: High\n\n" + Files.readString(key));
    assertThat(load()).isNotNull();
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws Exception {
    Files.copy(
        directory.resolve("client-key.pem"),
        directory.resolve("server-key.pem"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(this::load)
        .hasMessage(
            "server key must be the certificate's: subject=\"CN=localhost\" directory="
                + directory);
  }

  @Test
  void aKeyThatEverybodyReadsIsRefused() throws Exception {
    Path key = directory.resolve("server-key.pem");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(this::load)
        .hasMessage("server key must be closed to others (chmod o= it): mode=0644 file=" + key);
  }

  @Test
  void aLockedKeyIsRefused() throws Exception {
    Certificates.openssl(
        "pkey",
        "-in",
        certificates.path("client-key.pem"),
        "-aes256",
        "-passout",
        "pass:x",
        "-out",
        certificates.path("server-key.pem"));
    assertThatThrownBy(this::load)
        .hasMessageStartingWith("server key must not be locked with a passphrase");
  }

  @ParameterizedTest
  @CsvSource({
    "server-cert.pem, server certificate",
    "server-key.pem, server key",
    "ca-cert.pem, authorities",
  })
  void aMissingFileIsNamed(String file, String what) throws Exception {
    Files.delete(directory.resolve(file));
    assertThatThrownBy(this::load)
        .hasMessage(what + " must exist and be a regular file: file=" + directory.resolve(file));
  }

  @Test
  void authoritiesAreNotNeededWhereClientsShowNothing() throws Exception {
    Files.delete(directory.resolve("ca-cert.pem"));
    assertThat(TlsDirectory.load(directory, Mode.OFFERED, false).mode()).isEqualTo(Mode.OFFERED);
  }

  @ParameterizedTest
  @CsvSource({
    "server-cert.pem, server certificate must be a certificate in PEM form",
    "server-key.pem, server key must be one private key in PEM form: keys=0",
    "ca-cert.pem, authorities must be a certificate in PEM form",
  })
  void anEmptyFileIsNamed(String file, String message) throws Exception {
    Files.writeString(directory.resolve(file), "");
    assertThatThrownBy(this::load).hasMessageStartingWith(message);
  }

  @Test
  void aDamagedKeyIsRefusedWithoutShowingIt() throws Exception {
    Files.writeString(
        directory.resolve("server-key.pem"),
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----\n");
    assertThatThrownBy(this::load)
        .hasMessageStartingWith("server key must be an intact EC key")
        .hasMessageNotContaining("MHcC");
  }

  @Test
  void aCertificateOfYesterdayIsRefused() {
    Certificates.openssl(
        "x509",
        "-req",
        "-days",
        "-1",
        "-CAcreateserial",
        "-CA",
        certificates.path("ca-cert.pem"),
        "-CAkey",
        certificates.path("ca-key.pem"),
        "-in",
        certificates.path("server.csr"),
        "-out",
        certificates.path("server-cert.pem"));
    assertThatThrownBy(this::load)
        .hasMessageStartingWith("server certificate must be valid today: notBefore=");
  }
}
