package dev.keyslot.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Certificates and keys made by openssl for one test, in a directory as qemu and libnbd lay it out.
 *
 * <p>Skips the test where openssl is missing. Good for two days.
 */
public final class Certificates {

  private static final String[] EC = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"};

  private final Path directory;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  /** An authority, a server called localhost, and a client {@code CN=alice,O=Keyslot}. */
  public static Certificates in(Path directory) throws IOException {
    Tool.need("openssl");
    Files.createDirectories(directory);
    var made = new Certificates(directory);
    made.authority();
    made.leaf("server", "/CN=localhost", "serverAuth");
    made.leaf("client", "/O=Keyslot/CN=alice", "clientAuth");
    return made;
  }

  /** Where they lie. */
  public Path directory() {
    return directory;
  }

  private void authority() {
    List<String> words = new ArrayList<>(List.of("req", "-x509", "-nodes", "-days", "2"));
    words.addAll(List.of(EC));
    words.addAll(List.of("-keyout", path("ca-key.pem"), "-out", path("ca-cert.pem")));
    words.addAll(List.of("-subj", "/CN=test authority"));
    openssl(words.toArray(String[]::new));
  }

  /** {@code NAME-cert.pem} and {@code NAME-key.pem} (PKCS#8), signed by the authority. */
  public void leaf(String name, String subject, String usage) throws IOException {
    List<String> words = new ArrayList<>(List.of("req", "-new", "-nodes"));
    words.addAll(List.of(EC));
    words.addAll(List.of("-keyout", path(name + "-key.pem"), "-out", path(name + ".csr")));
    words.addAll(List.of("-subj", subject));
    openssl(words.toArray(String[]::new));
    sign(name, usage);
  }

  /** {@code NAME-cert.pem} for the request in {@code NAME.csr}. */
  private void sign(String name, String usage) throws IOException {
    Path extensions = directory.resolve(name + ".ext");
    Files.writeString(
        extensions,
        "extendedKeyUsage=%s%nsubjectAltName=DNS:localhost,IP:127.0.0.1%n".formatted(usage));
    openssl(
        "x509",
        "-req",
        "-days",
        "2",
        "-CAcreateserial",
        "-CA",
        path("ca-cert.pem"),
        "-CAkey",
        path("ca-key.pem"),
        "-in",
        path(name + ".csr"),
        "-out",
        path(name + "-cert.pem"),
        "-extfile",
        extensions.toString());
  }

  /** The server gets a certificate for the key that now lies in {@code server-key.pem}. */
  public void signServerKey() throws IOException {
    openssl(
        "req",
        "-new",
        "-key",
        path("server-key.pem"),
        "-subj",
        "/CN=localhost",
        "-out",
        path("server.csr"));
    sign("server", "serverAuth");
  }

  /** The path of a file in there. */
  public String path(String name) {
    return directory.resolve(name).toString();
  }

  /** Runs openssl, which must end well. */
  public static void openssl(String... words) {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(words));
    Tool.run(command.toArray(String[]::new)).ok();
  }
}
